//! An error type for `wait!`, by name.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), error = std::io::Error).await;
}

fn main() {}
