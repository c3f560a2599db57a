//! The error type in the header and after the branches.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<String> async { 1 }, async { 2 }, error = String).await?;
    Ok(a + b)
}

fn main() {}
