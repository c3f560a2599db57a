//! An attribute, which no branch of a loop can have, beside others.

use rejoin::as_completed;

async fn one() -> u32 {
    1
}

#[tokio::main]
async fn main() {
    as_completed!(for a in (one(), #[cfg(unix)] #[allow(unused)] one()) {
        assert_eq!(a, 1);
    });
}
