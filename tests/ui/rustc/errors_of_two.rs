//! Two error types, of two branches.

use rejoin::gather;

async fn user() -> Result<u32, String> {
    Ok(1)
}

async fn post() -> Result<u32, std::io::Error> {
    Ok(1)
}

pub async fn run() -> u32 {
    let (a, b) = gather!(user(), post()).await.unwrap();
    a + b
}

fn main() {}
