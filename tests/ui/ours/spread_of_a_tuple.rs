//! A spread of a tuple of futures.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, ..(async { 2 }, async { 3 })).await;
    pages.len() + a
}

fn main() {}
