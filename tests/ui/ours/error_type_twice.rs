//! The error type in the header and by name.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<String, error = String> async { 1 }, async { 2 }).await?;
    Ok(a + b)
}

fn main() {}
