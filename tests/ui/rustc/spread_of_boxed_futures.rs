//! A spread of futures in `Box`es.

use std::future::Future;

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let boxes: Vec<Box<dyn Future<Output = u32>>> = vec![Box::new(fetch(1))];
    let all = gather!(..boxes).await;
    drop(all);
}

fn main() {}
