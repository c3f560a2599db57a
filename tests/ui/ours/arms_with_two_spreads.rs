//! An arm with two collections.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a in ..[fetch(1)], ..[fetch(3)] => sum += a,
        b = fetch(2) => sum += b,
    }
}

fn main() {}
