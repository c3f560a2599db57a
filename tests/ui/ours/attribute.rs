//! An attribute, which no branch can have.

use rejoin::gather;

async fn one() -> u32 {
    1
}

#[tokio::main]
async fn main() {
    let (a, b) = gather!(one(), #[cfg(unix)] one()).await;
    assert_eq!(a, b);
}
