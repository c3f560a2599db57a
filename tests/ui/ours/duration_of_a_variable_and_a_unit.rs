//! A unit after a variable.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let n = 2;
    let _ = gather!(fetch(1), fetch(2), timeout = n s).await;
}

fn main() {}
