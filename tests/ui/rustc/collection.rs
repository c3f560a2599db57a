//! A `Vec` as one of several branches.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> usize {
    let pages = vec![fetch(1), fetch(2)];
    let (a, pages) = gather!(async { 1 }, pages).await;
    pages.len() + a
}

fn main() {}
