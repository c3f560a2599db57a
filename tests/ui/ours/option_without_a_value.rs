//! An option after the branches that has no value.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit =).await;
    a + b
}

fn main() {}
