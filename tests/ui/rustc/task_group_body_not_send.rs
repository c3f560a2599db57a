//! A spawned group with a body that is not `Send`.

use std::{future::ready, rc::Rc};

use rejoin::{spawn, task_group};

pub async fn run() {
    spawn(task_group!(|tg| {
        let shared = Rc::new(1);
        tg.spawn(async {});
        ready(()).await;
        drop(shared);
    }))
    .await;
}

fn main() {}
