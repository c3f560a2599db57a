//! Two error types, alternating in four branches.

use rejoin::gather;

async fn user() -> Result<u32, String> {
    Ok(1)
}

async fn post() -> Result<u32, std::io::Error> {
    Ok(1)
}

pub async fn run() -> Result<u32, String> {
    let (a, b, c, d) = gather!(user(), post(), user(), post()).await?;
    Ok(a + b + c + d)
}

fn main() {}
