//! Something in the header that is not a type.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<8> async { 1 }, async { 2 }).await?;
    Ok(a + b)
}

fn main() {}
