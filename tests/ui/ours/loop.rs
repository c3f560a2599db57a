//! A loop where a spread is meant.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> usize {
    let pages = gather!(for n in 0..3 { fetch(n) }).await;
    pages.len()
}

fn main() {}
