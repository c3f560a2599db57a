//! An arm without a pattern.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        fetch(1) => sum += 1,
        b = fetch(2) => sum += b,
    }
}

fn main() {}
