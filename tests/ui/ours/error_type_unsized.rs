//! A trait object without its box.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<dyn std::error::Error> async { 1 }, async { 2 }).await.ok().unwrap();
    a + b
}

fn main() {}
