//! A value, in a stream.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(fetch(3), 5);
    while let Some(n) = results.next().await {
        fetch(n).await;
    }
}

fn main() {}
