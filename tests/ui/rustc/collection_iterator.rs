//! An iterator as a branch.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> usize {
    let pages = gather!((0..3).map(fetch)).await;
    pages.len()
}

fn main() {}
