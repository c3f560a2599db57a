//! One option in the header, one after the branches.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<limit = 2> async { 1 }, async { 2 }, timeout = 2s).await;
    a + b
}

fn main() {}
