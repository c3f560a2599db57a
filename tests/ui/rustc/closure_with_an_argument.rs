//! A closure with an argument that is not called.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b) = gather!(|n: u32| fetch(n), async { 2 }).await;
    a + b
}

fn main() {}
