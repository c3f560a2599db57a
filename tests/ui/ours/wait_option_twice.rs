//! An option of `wait!`, written twice.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), timeout = 1s, timeout = 2s).await;
}

fn main() {}
