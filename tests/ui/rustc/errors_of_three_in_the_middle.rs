//! Two error types of three branches, the other one in the middle.

use rejoin::gather;

async fn user() -> Result<u32, String> {
    Ok(1)
}

async fn post() -> Result<u32, std::io::Error> {
    Ok(1)
}

pub async fn run() -> Result<u32, String> {
    let (a, b, c) = gather!(user(), post(), user()).await?;
    Ok(a + b + c)
}

fn main() {}
