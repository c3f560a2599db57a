//! A misspelt option.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limt = 3).await;
    a + b
}

fn main() {}
