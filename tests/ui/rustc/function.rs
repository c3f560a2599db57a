//! A function that is not called.

use rejoin::gather;

async fn fetch() -> u32 {
    1
}

pub async fn run() -> u32 {
    let (a, b) = gather!(fetch, async { 2 }).await;
    a + b
}

fn main() {}
