//! Several futures in one arm.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a = (fetch(1), fetch(2)) => sum += a,
    }
}

fn main() {}
