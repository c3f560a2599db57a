//! `stagger` with futures that run already.

use rejoin::{Pending, gather};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let pending: Pending<_> = [1, 2].into_iter().map(fetch).collect();
    let _ = gather!(..pending, stagger = 1s).await;
}

fn main() {}
