//! A semicolon after the body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(|tg| { tg.spawn(fetch(1)); }; timeout = 2s).await.unwrap();
}

fn main() {}
