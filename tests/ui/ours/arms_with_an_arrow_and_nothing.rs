//! An arm with nothing after the arrow.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a = fetch(1) => ,
        b = fetch(2) => sum += b,
    }
}

fn main() {}
