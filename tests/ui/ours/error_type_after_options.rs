//! The error type after an option.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<limit = 2, String> async { 1 }, async { 2 }).await?;
    Ok(a + b)
}

fn main() {}
