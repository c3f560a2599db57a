//! Bars without a body.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg|).await;
}

fn main() {}
