//! A spread of `Option`s of futures.

use rejoin::gather;

async fn fetch() -> u32 {
    1
}

pub async fn run() -> usize {
    let pages = gather!(..[1, 2].map(|_| Some(fetch()))).await;
    pages.len()
}

fn main() {}
