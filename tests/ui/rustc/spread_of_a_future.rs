//! A spread of one future.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, ..async { 2 }).await;
    pages.len() + a
}

fn main() {}
