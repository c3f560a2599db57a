//! A mutable reference to a future that is not pinned.

use rejoin::gather;

pub async fn run() -> u32 {
    let mut task = async { 1 };
    let (a, b) = gather!(&mut task, async { 2 }).await;
    a + b
}

fn main() {}
