//! Two types of results, in a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let mut results = as_completed!(fetch(1), name());
    results.next().await;
}

fn main() {}
