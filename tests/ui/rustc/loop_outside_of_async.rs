//! A loop outside of `async`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(for n in ..xs { sum += n; });
}

fn main() {}
