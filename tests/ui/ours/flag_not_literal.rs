//! A flag that is a variable.

use rejoin::gather;

pub async fn run(settled: bool) -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, return_exceptions = settled).await;
    a + b
}

fn main() {}
