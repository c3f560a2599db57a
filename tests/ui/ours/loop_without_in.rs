//! A loop with another word than `in`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(for n of ..xs { sum += n; });
}

fn main() {}
