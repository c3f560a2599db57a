//! `gather!` with `ordered`.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    gather!(fetch(1), fetch(2), ordered = true).await;
}

fn main() {}
