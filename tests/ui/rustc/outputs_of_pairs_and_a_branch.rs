//! A spread of pairs beside a branch without a key.

use rejoin::as_completed;
use std::future::ready;

pub async fn run() {
    let mut results = as_completed!(..[('a', ready(1))], ready(2));
    results.next().await;
}

fn main() {}
