//! Branches in parentheses.

use rejoin::gather;
use std::future::ready;

pub async fn run() {
    let (a, b) = gather!((ready(1), ready(2))).await;
    drop((a, b));
}

fn main() {}
