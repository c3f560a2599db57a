//! A failing group that is stopped with a `Result`.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.stop(Ok(1));
        Ok(2)
    })
    .await;
}

fn main() {}
