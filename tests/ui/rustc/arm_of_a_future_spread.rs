//! One future after dots, in an arm.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        n in ..fetch(1) => sum += n,
        n = fetch(2) => sum += n,
    }
}

fn main() {}
