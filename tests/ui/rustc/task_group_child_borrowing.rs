//! A task that borrows an argument.

use rejoin::task_group;

async fn fetch(url: &str) -> usize {
    url.len()
}

pub async fn run(urls: &[String]) {
    task_group!(|tg| {
        for url in urls {
            tg.spawn(fetch(url));
        }
    })
    .await;
}

fn main() {}
