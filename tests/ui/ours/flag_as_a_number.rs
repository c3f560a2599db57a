//! A flag as C writes it.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, return_exceptions = 1).await;
    a + b
}

fn main() {}
