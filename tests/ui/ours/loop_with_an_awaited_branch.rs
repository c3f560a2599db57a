//! A branch of a loop that is awaited.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in (fetch(1).await, fetch(2)) { sum += n; });
}

fn main() {}
