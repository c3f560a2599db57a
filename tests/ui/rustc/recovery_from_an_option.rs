// errors: 2
//! A wrong option, and a function that is not called.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(fetch(1), fetch, fetch(3), timeout = 30).await.unwrap();
    a + b + c
}

fn main() {}
