//! A failing group with an error type that is not `Send`.

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
