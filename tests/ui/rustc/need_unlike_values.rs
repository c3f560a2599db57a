//! Branches that succeed with different types.

use rejoin::gather;

async fn fetch_name() -> Result<String, String> {
    Ok(String::new())
}

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let _ = gather!(fetch(1), fetch_name(), need = 1).await;
}

fn main() {}
