//! An option without a value, after one that has its own.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (a, b) = gather!(fetch(1), fetch(2), timeout = 1s, partial).await;
    drop((a, b));
}

fn main() {}
