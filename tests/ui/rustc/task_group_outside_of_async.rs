//! A group that is awaited where nothing is.

use rejoin::task_group;

pub fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
    })
    .await;
}

fn main() {}
