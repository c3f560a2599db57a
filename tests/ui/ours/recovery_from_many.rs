// errors: 7
//! Each of several mistakes is reported once.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run(pages: Vec<u32>) -> u32 {
    let (a, b, c) = gather!(<limit = 0, limt = 2> *pages, fetch(1); fetch(2) fetch(3), ..,)
        .await
        .unwrap();
    let (d,) = gather!(fetch(4), partial = yes).await;
    a + b + c + d
}

fn main() {}
