//! A scoped child that borrows a variable of the body, in an argument.

use rejoin::task_group;

async fn fetch(url: &str) -> usize {
    url.len()
}

pub async fn run() {
    task_group!(|group| {
        let urls = vec![String::from("a")];
        for url in &urls {
            group.spawn_scoped(fetch(url));
        }
    })
    .await;
}

fn main() {}
