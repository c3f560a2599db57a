//! An `Option` of a future.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(Some(async { 1 }), async { 2 }).await;
    a + b
}

fn main() {}
