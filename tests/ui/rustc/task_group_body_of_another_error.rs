//! A body that gives a `Result` of another error.

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
