//! A set that `gather!` borrows.

use rejoin::{Pending, gather};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let results = gather!(..&mut pending).await;
    results.len();
}

fn main() {}
