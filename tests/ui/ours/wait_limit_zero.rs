//! A wait with `limit = 0`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), limit = 0).await;
}

fn main() {}
