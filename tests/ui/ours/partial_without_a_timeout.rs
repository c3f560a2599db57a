//! `partial` without a `timeout`.

use rejoin::gather;

pub async fn run() -> bool {
    let (a, b) = gather!(async { 1 }, async { 2 }, partial = true).await;
    a == b
}

fn main() {}
