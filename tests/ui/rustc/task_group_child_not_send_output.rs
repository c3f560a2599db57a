//! A task that returns an `Rc`.

use std::rc::Rc;

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async { Rc::new(1) });
    })
    .await;
}

fn main() {}
