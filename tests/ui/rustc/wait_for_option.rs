//! An `Option` of a future, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let maybe = Some(fetch(1));
    let (done, _pending) = wait!(maybe, fetch(3)).await;
    let sum: u32 = done.into_iter().sum();
    fetch(sum).await;
}

fn main() {}
