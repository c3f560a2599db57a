//! A time as the value of `until`.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, until = 2s).await.unwrap();
    a + b
}

fn main() {}
