//! A number as a branch.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(7, async { 2 }).await;
    a + b
}

fn main() {}
