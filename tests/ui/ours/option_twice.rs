//! An option that is written twice.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit = 1, limit = 2).await;
    a + b
}

fn main() {}
