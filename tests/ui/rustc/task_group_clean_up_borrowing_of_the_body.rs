//! Clean-up that borrows a variable of the body.

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        let name = String::from("a");
        tg.defer(async { println!("{name}") });
    })
    .await;
}

fn main() {}
