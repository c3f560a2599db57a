//! A scoped child with another error type than the group.

use rejoin::task_group;

struct AppError;

async fn fetch(n: &u8) -> Result<u8, std::io::Error> {
    Ok(*n)
}

pub async fn run() {
    let n = 1;
    let _ = task_group!(<AppError> |tg| {
        tg.spawn_scoped(fetch(&n));
        Ok(())
    })
    .await;
}

fn main() {}
