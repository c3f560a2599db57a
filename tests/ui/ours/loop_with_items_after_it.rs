//! A branch after a loop.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(for n in ..xs { sum += n; }, fetch(3));
}

fn main() {}
