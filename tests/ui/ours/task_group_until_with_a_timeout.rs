//! `until` and `timeout` of a group.

use rejoin::task_group;

pub async fn run() -> u32 {
    task_group!(|_| 1, until = async {}, timeout = 2s).await.unwrap()
}

fn main() {}
