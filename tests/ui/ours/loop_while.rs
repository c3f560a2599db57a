//! A `while` loop.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut results = as_completed!(..xs);
    as_completed!(while let Some(n) = results.next().await { fetch(n).await; });
}

fn main() {}
