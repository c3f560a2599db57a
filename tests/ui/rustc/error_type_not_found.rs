//! An error type that does not exist.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<AppError> async { 1 }, async { 2 }).await?;
    Ok(a + b)
}

fn main() {}
