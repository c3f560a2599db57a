//! More hours than a `Duration` can hold.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 1e30h).await.unwrap();
    a + b
}

fn main() {}
