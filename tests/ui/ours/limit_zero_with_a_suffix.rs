//! A limit of zero with a suffix.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, limit = 0usize).await;
    a + b
}

fn main() {}
