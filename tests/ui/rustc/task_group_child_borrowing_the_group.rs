//! A task that borrows the group itself.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {
            tg.spawn(async {});
        });
    })
    .await;
}

fn main() {}
