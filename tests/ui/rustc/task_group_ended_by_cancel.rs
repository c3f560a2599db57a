//! A group that is ended with `cancel`.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.cancel();
    })
    .await;
}

fn main() {}
