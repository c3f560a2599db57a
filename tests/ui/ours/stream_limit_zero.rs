//! A stream with `limit = 0`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(fetch(1), fetch(2), limit = 0);
    results.next().await;
}

fn main() {}
