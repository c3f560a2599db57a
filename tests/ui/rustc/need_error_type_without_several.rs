//! An error type that cannot hold several errors.

use rejoin::gather;

pub struct AppError;

impl From<String> for AppError {
    fn from(_: String) -> Self {
        Self
    }
}

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(<AppError> fetch(1), fetch(2), need = 1).await;
}

fn main() {}
