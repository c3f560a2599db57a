//! Arms in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(a = fetch(1) => a, b = fetch(2) => b).await;
}

fn main() {}
