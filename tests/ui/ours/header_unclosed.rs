//! A header that ends in an option.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<timeout = 2s async { 1 }, async { 2 }).await.unwrap();
    a + b
}

fn main() {}
