// errors: 2
//! Two branches that are not futures, with their results used.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(7, fetch(1), fetch).await;
    a + b + c
}

fn main() {}
