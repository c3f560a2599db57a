//! A group that is stopped with a value of another type.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.stop("done");
        1
    })
    .await;
}

fn main() {}
