//! A group that is awaited outside of `async`.

use rejoin::task_group;

pub fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
    })
    .await;
}

fn main() {}
