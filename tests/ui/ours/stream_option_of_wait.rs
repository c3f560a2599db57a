//! An option of `wait!` in a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(<return_when = FIRST_COMPLETED> fetch(1), fetch(2));
    results.next().await;
}

fn main() {}
