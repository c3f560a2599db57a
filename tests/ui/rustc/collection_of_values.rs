//! A `Vec` of values as a branch.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, vec![1, 2]).await;
    pages.len() + a
}

fn main() {}
