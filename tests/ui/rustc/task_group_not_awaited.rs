//! A group that is dropped at once.

#![deny(unused_must_use)]
use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {});
    });
}

fn main() {}
