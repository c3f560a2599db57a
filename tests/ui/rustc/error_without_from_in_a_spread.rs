//! An error type that a spread's errors do not convert into.

use rejoin::gather;

pub struct AppError;

async fn user() -> Result<u32, String> {
    Ok(1)
}

pub async fn run() -> Result<usize, AppError> {
    let (a, b) = gather!(async { 1 }, ..[user()], error = AppError).await?;
    Ok(a + b.len())
}

fn main() {}
