//! A scoped child that borrows what `move` took.

use rejoin::task_group;

async fn fetch(url: &str) -> usize {
    url.len()
}

pub async fn run(url: String) {
    task_group!(move |tg| {
        tg.spawn_scoped(fetch(&url));
    })
    .await;
}

fn main() {}
