//! A branch that is an unfinished path.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (a, b) = gather!(u32::, fetch(2)).await;
    drop((a, b));
}

fn main() {}
