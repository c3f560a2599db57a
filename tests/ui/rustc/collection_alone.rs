//! A `Vec` as the only branch.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> usize {
    let pages = gather!(vec![fetch(1), fetch(2)]).await;
    pages.len()
}

fn main() {}
