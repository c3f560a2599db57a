//! A body of a failing group that gives nothing.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async { Err::<(), _>(AppError) });
    })
    .await;
}

fn main() {}
