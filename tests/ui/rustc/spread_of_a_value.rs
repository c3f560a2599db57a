//! A spread of a number.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, ..7).await;
    pages.len() + a
}

fn main() {}
