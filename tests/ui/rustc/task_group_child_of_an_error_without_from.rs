//! A child with a `?` that does not convert.

use rejoin::task_group;

struct AppError;

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async {
            std::fs::read("a")?;
            Ok(())
        });
        Ok(())
    })
    .await;
}

fn main() {}
