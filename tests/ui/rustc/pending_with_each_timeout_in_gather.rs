//! `each_timeout` with a set, in `gather!`.

use rejoin::{Pending, gather};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let pending = Pending::from_iter([fetch(1), fetch(2)]);
    let results = gather!(..pending, each_timeout = 2s).await;
    results.len();
}

fn main() {}
