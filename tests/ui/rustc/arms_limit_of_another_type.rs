//! A limit of arms of another type.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let limit: u32 = 2;
    let mut sum = 0;
    as_completed! {
        n = fetch(1) => sum += n,
        n = fetch(2) => sum += n,
        limit = limit
    }
}

fn main() {}
