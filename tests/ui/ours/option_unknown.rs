//! A name that is like no option's.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, colour = 3).await;
    a + b
}

fn main() {}
