//! Bars and options, without a body.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg|, timeout = 2s).await;
}

fn main() {}
