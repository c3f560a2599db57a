//! A scoped child that borrows the group itself.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn_scoped(async {
            tg.spawn(async {});
        });
    })
    .await;
}

fn main() {}
