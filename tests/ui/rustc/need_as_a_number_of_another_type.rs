//! A number of successes that is no `usize`.

use rejoin::gather;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let quorum: u32 = 2;
    let _ = gather!(fetch(1), fetch(2), need = quorum).await;
}

fn main() {}
