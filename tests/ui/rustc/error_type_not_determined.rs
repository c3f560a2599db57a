//! An error type that nothing determines.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { Ok(1) }, async { 2 }).await.unwrap();
    a + b
}

fn main() {}
