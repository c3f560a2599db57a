//! A limit that is not a `usize`.

use rejoin::gather;

pub async fn run(limit: u32) -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit = limit).await;
    a + b
}

fn main() {}
