// errors: 2
//! A syntax error in one branch, and a type error in another.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(fetch(1).await, fetch("2"), fetch(3)).await;
    a + b + c
}

fn main() {}
