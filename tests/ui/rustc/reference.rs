//! A reference to a future.

use rejoin::gather;

pub async fn run() -> u32 {
    let task = async { 1 };
    let (a, b) = gather!(&task, async { 2 }).await;
    a + b
}

fn main() {}
