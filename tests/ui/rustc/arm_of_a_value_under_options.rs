//! A value in an arm, under options.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        n = 5 => sum += n.unwrap(),
        n = fetch(2) => sum += n.unwrap(),
        timeout = 2s,
        limit = 2,
    }
}

fn main() {}
