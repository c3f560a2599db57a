//! A negative number.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit = -1).await;
    a + b
}

fn main() {}
