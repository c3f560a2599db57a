//! A branch that is awaited, and its error returned, before it is gathered.

use rejoin::gather;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() -> Result<(), String> {
    let (a, b) = gather!(fetch(1).await?, fetch(2)).await;
    drop((a, b));
    Ok(())
}

fn main() {}
