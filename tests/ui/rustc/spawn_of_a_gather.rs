//! A task with a branch that keeps an `Rc` over an await.

use std::{future::ready, rc::Rc};

use rejoin::{gather, spawn};

async fn count() -> usize {
    let shared = Rc::new(1);
    ready(()).await;
    Rc::strong_count(&shared)
}

pub async fn run() -> usize {
    let task = spawn(async {
        let (a, b) = gather!(count(), ready(2)).await;
        a + b
    });
    task.await
}

fn main() {}
