//! Python's spread in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let (_done, _pending) = wait!(*xs).await;
}

fn main() {}
