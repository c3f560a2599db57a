//! A child of a failing group that returns an `Option`.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn_blocking(|| Some(1));
        Ok(())
    })
    .await;
}

fn main() {}
