//! An error type that neither timeout converts into.

use rejoin::gather;

pub struct AppError;

async fn user() -> Result<u32, AppError> {
    Ok(1)
}

pub async fn run() -> Result<u32, AppError> {
    let (a, b) = gather!(async { 1 }, user(), each_timeout = 2s, timeout = 3s, error = AppError).await?;
    Ok(a + b)
}

fn main() {}
