//! A limit of another type.

use rejoin::task_group;

pub async fn run(limit: u32) {
    let _ = task_group!(|tg| { tg.spawn(async {}); }, limit = limit).await;
}

fn main() {}
