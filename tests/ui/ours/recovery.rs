// errors: 2
//! Two mistakes are reported at once, without follow-up errors.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(fetch(1).await, fetch(2), fetch(3), timeout = 30).await.unwrap();
    a + b + c
}

fn main() {}
