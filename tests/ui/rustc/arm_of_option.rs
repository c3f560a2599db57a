//! An `Option` of a future, in an arm.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let maybe = Some(fetch(1));
    let mut sum = 0;
    as_completed! {
        n = fetch(3) => sum += n,
        n = maybe => sum += n,
    }
}

fn main() {}
