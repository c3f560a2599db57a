//! A flag as Python writes it.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, return_exceptions = True).await;
    a + b
}

fn main() {}
