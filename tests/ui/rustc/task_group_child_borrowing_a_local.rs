//! A task that borrows a variable outside of the group.

use rejoin::task_group;

pub async fn run() {
    let name = String::from("a");
    task_group!(|tg| {
        tg.spawn(async { println!("{name}") });
    })
    .await;
}

fn main() {}
