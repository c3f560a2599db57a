//! A scoped child that is not `Send`.

use std::rc::Rc;

use rejoin::task_group;

pub async fn run() {
    let shared = Rc::new(1);
    task_group!(|tg| {
        tg.spawn_scoped(async { println!("{shared}") });
    })
    .await;
}

fn main() {}
