// errors: 2
//! A task and a child with `abort`.

use rejoin::{spawn, task_group};

pub async fn run() {
    spawn(async {}).abort();
    task_group!(|tg| tg.spawn(async {}).abort()).await;
}

fn main() {}
