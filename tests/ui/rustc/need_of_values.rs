//! Branches that cannot fail, in a call that counts successes.

use rejoin::gather;

async fn fetch_number(n: u32) -> u32 {
    n
}

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(..[1, 2].map(fetch_number), need = 1).await;
}

fn main() {}
