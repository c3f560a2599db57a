//! An arm with `=` and dots.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed! {
        a = ..xs => sum += a,
        b = fetch(2) => sum += b,
    }
}

fn main() {}
