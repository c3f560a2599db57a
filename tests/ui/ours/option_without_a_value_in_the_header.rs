//! An option in the header that has no value.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<limit =, timeout = 2s> async { 1 }, async { 2 }).await;
    a + b
}

fn main() {}
