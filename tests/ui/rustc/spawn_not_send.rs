//! A task that captures an `Rc`, moved.

use std::rc::Rc;

use rejoin::spawn;

pub async fn run() -> u32 {
    let shared = Rc::new(1);
    let task = spawn(async move {
        std::future::ready(()).await;
        *shared
    });
    task.await
}

fn main() {}
