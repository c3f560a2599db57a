//! A limit of another type.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let limit: u32 = 2;
    let (_done, _pending) = wait!(fetch(1), fetch(2), limit = limit).await;
}

fn main() {}
