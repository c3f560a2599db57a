//! A unit that has another name.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch(2), timeout = 30sec).await;
}

fn main() {}
