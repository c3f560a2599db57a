//! Branches that fail with different types.

use rejoin::gather;

async fn fetch_number() -> Result<u32, u8> {
    Ok(1)
}

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch_number(), need = 1).await;
}

fn main() {}
