//! A function call instead of an error type.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch(2), error = String::new()).await;
}

fn main() {}
