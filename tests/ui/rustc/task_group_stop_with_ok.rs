//! A failing group that is stopped with a `Result`.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.stop(Ok(1));
        let two: Result<u32, AppError> = Ok(2);
        two
    })
    .await;
}

fn main() {}
