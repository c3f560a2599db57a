//! A spread of functions that are not called.

use rejoin::gather;

async fn fetch() -> u32 {
    1
}

pub async fn run() -> usize {
    let pages = gather!(..[fetch, fetch]).await;
    pages.len()
}

fn main() {}
