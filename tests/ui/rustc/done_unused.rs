//! An unused `Done`.

#![deny(unused_must_use)]
use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

async fn all() -> u32 {
    wait!(fetch(1), fetch(2)).await.0;
    1
}

pub async fn run() {
    fetch(all().await).await;
}

fn main() {}
