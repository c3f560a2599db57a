//! Unreachable code in a body.

#![deny(unreachable_code)]
use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
        return;
        println!("never");
    })
    .await;
}

fn main() {}
