//! An option of `task_group!`.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, grace = 1s).await;
    a + b
}

fn main() {}
