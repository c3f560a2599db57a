//! An option with the name that another library has for it.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, concurrency = 3).await;
    a + b
}

fn main() {}
