//! A body of a failing group that returns `()`.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async { Err::<(), _>(AppError) });
    })
    .await;
}

fn main() {}
