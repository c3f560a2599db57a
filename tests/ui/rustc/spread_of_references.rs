//! A spread of references to futures.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> usize {
    let pages = vec![fetch(1), fetch(2)];
    let pages = gather!(..&pages).await;
    pages.len()
}

fn main() {}
