//! A future that is lent and could still move.

use rejoin::gather;

pub async fn run() -> u32 {
    let mut task = async { 1 };
    let (a, b) = gather!(&mut task, async { 2 }).await;
    a + b
}

fn main() {}
