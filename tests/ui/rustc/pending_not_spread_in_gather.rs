//! A set without the dots.

use rejoin::{Pending, gather};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let pending = Pending::from_iter([fetch(1), fetch(2)]);
    let (a,) = gather!(pending).await;
    a.len();
}

fn main() {}
