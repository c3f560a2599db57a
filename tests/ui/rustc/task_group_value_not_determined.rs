//! A value that nothing determines.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
        None
    })
    .await;
}

fn main() {}
