//! An attribute, which no arm can have.

use rejoin::as_completed;

async fn one() -> u32 {
    1
}

#[tokio::main]
async fn main() {
    as_completed! {
        a = one() => assert_eq!(a, 1),
        #[cfg(unix)]
        b = one() => assert_eq!(b, 1),
    }
}
