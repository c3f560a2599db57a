//! `stagger` in a loop that borrows a set.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending: Pending<_> = [1, 2].into_iter().map(fetch).collect();
    as_completed!(for _n in ..&mut pending {}, stagger = 1s);
}

fn main() {}
