//! A function that is not called, as a branch of a loop.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in (fetch, fetch(3)) {
        sum += n;
        sum += fetch(sum).await;
    });
}

fn main() {}
