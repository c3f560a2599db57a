//! A value that is no future in a call with `stagger`.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let _ = gather!(fetch(1), 5, stagger = 1s).await;
}

fn main() {}
