//! A deadline of a stream without a unit.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(fetch(1), fetch(2), timeout = 30);
    results.next().await;
}

fn main() {}
