//! `until` with an `.await`, which the call would come after.

use rejoin::as_completed;

pub async fn shutdown() -> u8 {
    0
}

pub async fn run() -> u32 {
    let mut sum = 0;
    as_completed!(for x in ..[async { 1 }] {
        sum += x;
    }, until = shutdown().await);
    sum
}

fn main() {}
