//! A group that is stopped with a value of another type than it names.

use rejoin::task_group;

pub async fn run() -> u32 {
    task_group!(|tg| -> u32 {
        tg.stop("done");
        1
    })
    .await
}

fn main() {}
