//! A set that a stream borrows.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut results = as_completed!(..&mut pending);
    results.next().await;
}

fn main() {}
