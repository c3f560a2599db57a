//! An error type that does not exist.

use rejoin::task_group;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async { Ok(()) });
        Ok(())
    })
    .await;
}

fn main() {}
