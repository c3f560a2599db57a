//! A task that captures an `Rc`.

use std::rc::Rc;

use rejoin::task_group;

pub async fn run() {
    let shared = Rc::new(1);
    task_group!(|tg| {
        let shared = Rc::clone(&shared);
        tg.spawn(async move { drop(shared) });
    })
    .await;
}

fn main() {}
