//! A branch that is a stream.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let numbers = futures::stream::iter([1, 2]);
    let all = gather!(numbers, fetch(1)).await;
    drop(all);
}

fn main() {}
