//! A body of a failing group that returns a plain value.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async { Err::<(), _>(AppError) }).await;
        1
    })
    .await;
}

fn main() {}
