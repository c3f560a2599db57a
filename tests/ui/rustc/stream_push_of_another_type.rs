//! A push of a future of another type.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut results = as_completed!(..[fetch(1), fetch(2)]);
    results.push(async { 3 });
    results.next().await;
}

fn main() {}
