//! A branch in a `Box`.

use std::future::Future;

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let boxed: Box<dyn Future<Output = u32>> = Box::new(fetch(1));
    let (a, b) = gather!(boxed, fetch(2)).await;
    drop((a, b));
}

fn main() {}
