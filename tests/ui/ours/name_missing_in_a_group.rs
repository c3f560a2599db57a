//! A body of a group that ends in a dot.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| tg.).await;
}

fn main() {}
