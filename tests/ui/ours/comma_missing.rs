//! Two branches without a comma.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b) = gather!(fetch(1) fetch(2)).await;
    a + b
}

fn main() {}
