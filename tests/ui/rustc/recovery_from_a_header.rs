// errors: 2
//! A wrong option in the header, and a type error in a branch.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(<limit = 0> fetch(1), fetch("2"), fetch(3)).await;
    a + b + c
}

fn main() {}
