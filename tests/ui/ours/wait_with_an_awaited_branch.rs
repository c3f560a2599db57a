//! A branch of `wait!` that is awaited.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1).await, fetch(2)).await;
}

fn main() {}
