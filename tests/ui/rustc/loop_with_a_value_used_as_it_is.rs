//! The value of a loop, which is an `Option`, used as what it holds.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let first: u32 = as_completed! {
        a = fetch(1) => break a,
        b = fetch(2) => break b + 1,
    };
    fetch(first).await;
}

fn main() {}
