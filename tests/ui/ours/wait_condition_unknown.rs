//! An unknown condition.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), return_when = ANY_COMPLETED).await;
}

fn main() {}
