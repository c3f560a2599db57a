//! `until` with a function that is not called.

use rejoin::task_group;

pub async fn shutdown() {}

pub async fn run() -> u32 {
    task_group!(|_| 1, until = shutdown).await.unwrap()
}

fn main() {}
