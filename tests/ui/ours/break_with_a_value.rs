//! A loop with a `break` that has a value.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let first = as_completed!(for n in ..xs { break n; });
    fetch(first).await;
}

fn main() {}
