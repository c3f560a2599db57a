//! A failing group whose error type stays on its thread.

use std::error::Error;

use rejoin::task_group;

pub async fn run() {
    let _ = task_group!(<Box<dyn Error>> |tg| {
        let one = tg.spawn(async { Ok("1".parse::<u32>()?) });
        Ok(one.await)
    })
    .await;
}

fn main() {}
