//! A spread of an array of values.

use rejoin::gather;

pub async fn run() -> usize {
    let (a, pages) = gather!(async { 1 }, ..["a", "b"]).await;
    pages.len() + a
}

fn main() {}
