// errors: 2
//! A branch that does not parse, and a value as a branch.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let (a, b, c) = gather!(fetch(1) + , 7, fetch(3)).await;
    a + b + c
}

fn main() {}
