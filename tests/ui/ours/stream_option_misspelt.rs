//! An option with a letter too few, in a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(fetch(1), fetch(2), timout = 2s);
    results.next().await;
}

fn main() {}
