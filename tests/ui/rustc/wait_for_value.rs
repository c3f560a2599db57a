//! A value, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (done, _pending) = wait!(5, fetch(3)).await;
    let sum: u32 = done.into_iter().sum();
    fetch(sum).await;
}

fn main() {}
