//! `each_timeout` with a set, in a stream.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut results = as_completed!(..pending, each_timeout = 2s);
    results.next().await;
}

fn main() {}
