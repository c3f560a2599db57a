//! An arm whose pattern is a literal.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        5 = fetch(1) => sum += 1,
        n = fetch(2) => sum += n,
    }
}

fn main() {}
