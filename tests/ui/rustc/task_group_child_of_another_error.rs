//! A child with another error type than the group.

use rejoin::task_group;

struct AppError;

async fn fetch() -> Result<u8, std::io::Error> {
    Ok(1)
}

pub async fn run() {
    let _ = task_group!(<AppError> |tg| {
        tg.spawn(fetch());
        Ok(())
    })
    .await;
}

fn main() {}
