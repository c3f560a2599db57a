//! An arm with a condition that is `if let`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (mut sum, limit) = (0, Some(3));
    as_completed! {
        a = fetch(1), if let Some(3) = limit => sum += a,
        b = fetch(2) => sum += b,
    }
}

fn main() {}
