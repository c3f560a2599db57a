//! Clean-up that borrows, registered with a handle.

use rejoin::task_group;

pub async fn run() {
    let name = String::from("a");
    task_group!(|tg| {
        tg.handle().defer(async { println!("{name}") });
    })
    .await;
}

fn main() {}
