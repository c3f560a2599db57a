//! A spread of numbers.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, ..0..10).await;
    pages.len() + a
}

fn main() {}
