//! A loop after a branch.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(fetch(3), for n in ..xs { sum += n; });
}

fn main() {}
