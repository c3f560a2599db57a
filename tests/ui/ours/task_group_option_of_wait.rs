//! An option of `wait!`.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }, return_when = FIRST_COMPLETED).await;
}

fn main() {}
