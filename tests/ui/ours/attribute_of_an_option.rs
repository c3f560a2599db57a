//! An attribute, which no option can have.

use rejoin::wait;

async fn one() -> u32 {
    1
}

#[tokio::main]
async fn main() {
    let (done, _) = wait!(..[one()], #[cfg(unix)] limit = 3).await;
    assert_eq!(done.len(), 1);
}
