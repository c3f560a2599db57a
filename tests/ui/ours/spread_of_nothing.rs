//! Two dots, and nothing after them.

use rejoin::gather;

pub async fn run() -> u32 {
    let (page, pages) = gather!(async { 1 }, ..).await;
    page + pages
}

fn main() {}
