//! A `Result` of a future.

use rejoin::gather;

async fn fetch() -> u32 {
    1
}

fn start() -> Result<impl Future<Output = u32>, String> {
    Ok(fetch())
}

pub async fn run() -> u32 {
    let (a, b) = gather!(start(), async { 2 }).await;
    a + b
}

fn main() {}
