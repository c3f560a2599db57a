//! `need` with `partial`.

use rejoin::gather;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch(2), need = 1, timeout = 1s, partial = true).await;
}

fn main() {}
