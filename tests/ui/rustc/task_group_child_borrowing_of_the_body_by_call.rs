//! A task that borrows a variable of the body, in an argument.

use rejoin::task_group;

async fn fetch(url: &str) -> usize {
    url.len()
}

pub async fn run() {
    task_group!(|tg| {
        let url = String::from("a");
        tg.spawn(fetch(&url));
    })
    .await;
}

fn main() {}
