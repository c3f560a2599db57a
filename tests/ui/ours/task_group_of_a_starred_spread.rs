//! A spread as Python writes it instead of a body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = [fetch(1)];
    task_group!(*xs).await;
}

fn main() {}
