//! A spread of mutable references to futures that are not pinned.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut xs = vec![fetch(1), fetch(2)];
    as_completed!(for n in ..xs.iter_mut() { drop(n); });
}

fn main() {}
