//! An error type that a branch's error does not convert into.

use rejoin::gather;

pub struct AppError;

async fn user() -> Result<u32, String> {
    Ok(1)
}

pub async fn run() -> Result<u32, AppError> {
    let (a, b) = gather!(<AppError> async { 1 }, user()).await?;
    Ok(a + b)
}

fn main() {}
