//! A number of successes as text.

use rejoin::gather;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch(2), need = "1").await;
}

fn main() {}
