//! Two error types, of a spread and a branch.

use rejoin::gather;

async fn user() -> Result<u32, String> {
    Ok(1)
}

async fn post() -> Result<u32, std::io::Error> {
    Ok(1)
}

pub async fn run() -> Result<usize, String> {
    let (a, b) = gather!(..[user(), user()], post()).await?;
    Ok(a.len() + b as usize)
}

fn main() {}
