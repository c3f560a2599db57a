//! Options in the header and after the body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group!(<limit = 2> |tg| { tg.spawn(fetch(1)); }, timeout = 2s).await;
}

fn main() {}
