//! An option with a colon instead of `=`.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit: 3).await;
    a + b
}

fn main() {}
