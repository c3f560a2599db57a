//! A body that returns a `Result` with another error type.

use rejoin::task_group;

struct AppError;

async fn fetch() -> Result<u8, std::io::Error> {
    Ok(1)
}

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(async {});
        fetch().await
    })
    .await;
}

fn main() {}
