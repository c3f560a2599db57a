//! A branch that borrows what the body changes.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in (async { sum + 1 }, async { 2 }) {
        sum += n;
    });
    fetch(sum).await;
}

fn main() {}
