//! A number and its unit, apart.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 2 s).await.unwrap();
    a + b
}

fn main() {}
