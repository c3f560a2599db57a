//! A group without tokens.

use rejoin::task_group;

pub async fn run() {
    task_group!().await;
}

fn main() {}
