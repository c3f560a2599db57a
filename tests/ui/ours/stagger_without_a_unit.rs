//! A number without a unit.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch(2), stagger = 1).await;
}

fn main() {}
