//! Clean-up that returns a `Result`, in a group that cannot fail.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.defer(async { Ok::<(), String>(()) });
    })
    .await;
}

fn main() {}
