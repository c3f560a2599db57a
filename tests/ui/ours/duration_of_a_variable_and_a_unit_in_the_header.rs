//! A unit after a variable, in the header.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let n = 2;
    let _ = gather!(<timeout = n min, limit = 2> fetch(1), fetch(2)).await;
}

fn main() {}
