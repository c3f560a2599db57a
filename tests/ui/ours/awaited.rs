//! A branch that is awaited before it is gathered.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b) = gather!(fetch(1).await, fetch(2)).await;
    a + b
}

fn main() {}
