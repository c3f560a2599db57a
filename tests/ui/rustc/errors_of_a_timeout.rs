// errors: 3
//! Two error types, under options.

use rejoin::gather;

async fn user() -> Result<u32, String> {
    Ok(1)
}

async fn post() -> Result<u32, std::io::Error> {
    Ok(1)
}

pub async fn timeout() -> Result<u32, String> {
    let (a, b, c) = gather!(user(), post(), user(), timeout = 2s).await.unwrap()?;
    Ok(a + b + c)
}

pub async fn partial() -> Result<u32, String> {
    let (a, b, c) = gather!(user(), post(), user(), timeout = 2s, partial = true).await?;
    Ok(a.unwrap() + b.unwrap() + c.unwrap())
}

pub async fn limit() -> Result<u32, String> {
    let (a, b, c) = gather!(user(), post(), user(), limit = 2).await?;
    Ok(a + b + c)
}

fn main() {}
