//! A group with a header alone.

use rejoin::task_group;

pub async fn run() {
    task_group!(<limit = 8>).await;
}

fn main() {}
