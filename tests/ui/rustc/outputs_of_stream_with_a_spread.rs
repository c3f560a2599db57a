//! Two types of results, in a stream of a spread and a branch.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    let mut results = as_completed!(..xs, name());
    results.next().await;
}

fn main() {}
