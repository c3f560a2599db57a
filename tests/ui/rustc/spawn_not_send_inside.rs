//! A task that keeps an `Rc` over an await.

use std::{future::ready, rc::Rc};

use rejoin::spawn;

pub async fn run() {
    let task = spawn(async {
        let shared = Rc::new(1);
        ready(()).await;
        drop(shared);
    });
    task.await;
}

fn main() {}
