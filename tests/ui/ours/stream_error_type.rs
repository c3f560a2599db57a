//! An error type for a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(<std::io::Error> fetch(1), fetch(2));
    results.next().await;
}

fn main() {}
