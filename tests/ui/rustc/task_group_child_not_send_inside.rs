//! A task that keeps an `Rc` over an await.

use std::{future::ready, rc::Rc};

use rejoin::task_group;

pub async fn run() {
    task_group!(|tg| {
        tg.spawn(async {
            let shared = Rc::new(1);
            ready(()).await;
            drop(shared);
        });
    })
    .await;
}

fn main() {}
