// errors: 2
//! The body is checked although an option is misspelt.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let sum: u32 = task_group!(|tg| {
        let one = tg.spawn(fetch("1"));
        one.await
    }, limt = 3).await;
    drop(sum);
}

fn main() {}
