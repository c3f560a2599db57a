//! A group with options alone.

use rejoin::task_group;

pub async fn run() {
    task_group!(timeout = 2s).await;
}

fn main() {}
