//! A function that is not called, in an arm.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        n = fetch(3) => sum += n,
        n = fetch => sum += n,
    }
}

fn main() {}
