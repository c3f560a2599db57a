//! An option with an unfinished path as its value.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (a, b) = gather!(fetch(1), fetch(2), limit = usize::).await;
    drop((a, b));
}

fn main() {}
