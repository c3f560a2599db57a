//! Two error types, of three branches, one of which stands between the others.

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
