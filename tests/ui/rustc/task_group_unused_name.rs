//! A group with an unused name.

#![deny(unused_variables)]
use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        println!("nothing spawned");
    })
    .await;
}

fn main() {}
