//! A value that is no future, in a call that counts successes.

use rejoin::gather;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(fetch(1), 5, need = 1).await;
}

fn main() {}
