//! The dots on the wrong side.

use rejoin::gather;

pub async fn run() -> usize {
    let pages = vec![async { 1 }];
    let pages = gather!(pages..).await;
    pages.len()
}

fn main() {}
