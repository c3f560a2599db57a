//! A spread of values.

use rejoin::gather;

pub async fn run() -> usize {
    let urls = vec!["a", "b"];
    let (a, pages) = gather!(async { 1 }, ..urls).await;
    pages.len() + a
}

fn main() {}
