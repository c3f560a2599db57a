//! A unit that does not exist.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 2weeks).await.unwrap();
    a + b
}

fn main() {}
