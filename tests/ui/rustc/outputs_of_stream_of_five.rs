//! Two types of results of five branches, in a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let mut results = as_completed!(fetch(1), fetch(2), name(), fetch(4), fetch(5));
    results.next().await;
}

fn main() {}
