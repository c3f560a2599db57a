//! A function that is not `async`, and called.

use rejoin::gather;

fn log() {}

pub async fn run() -> u32 {
    let (_, b) = gather!(log(), async { 2 }).await;
    b
}

fn main() {}
