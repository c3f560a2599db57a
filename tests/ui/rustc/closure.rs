//! A closure that is not called.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(|| async { 1 }, async { 2 }).await;
    a + b
}

fn main() {}
