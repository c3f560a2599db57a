//! A branch that calls an unknown function.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b) = gather!(fetsh(1), fetch(2)).await;
    a + b
}

fn main() {}
