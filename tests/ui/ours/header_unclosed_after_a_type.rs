//! A header that ends in a type.

use rejoin::gather;

pub async fn run() -> Result<u32, String> {
    let (a, b) = gather!(<String async { 1 }, async { 2 }).await?;
    Ok(a + b)
}

fn main() {}
