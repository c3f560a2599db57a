//! A function with arguments that is not called.

use rejoin::gather;

async fn fetch(_: &str, n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b) = gather!(fetch, async { 2 }).await;
    a + b
}

fn main() {}
