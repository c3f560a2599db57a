//! A closure on a thread that borrows a variable.

use rejoin::task_group;

pub async fn run() {
    let name = String::from("a");
    task_group!(|tg| {
        tg.spawn_blocking(|| println!("{name}"));
    })
    .await;
}

fn main() {}
