//! An error type that a timeout does not convert into.

use rejoin::gather;

pub struct AppError;

async fn user() -> Result<u32, AppError> {
    Ok(1)
}

pub async fn run() -> Result<u32, AppError> {
    let (a, b) = gather!(<AppError, timeout = 2s> async { 1 }, user()).await?;
    Ok(a + b)
}

fn main() {}
