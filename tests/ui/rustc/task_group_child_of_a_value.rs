//! A child of a failing group that returns a plain value.

use rejoin::task_group;

struct AppError;

async fn count() -> usize {
    1
}

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(count());
        Ok(())
    })
    .await;
}

fn main() {}
