//! A grace that is not a duration.

use rejoin::task_group;

pub async fn run() {
    let seconds = 2;
    let _ = task_group!(|tg| { tg.spawn(async {}); }, grace = seconds).await;
}

fn main() {}
