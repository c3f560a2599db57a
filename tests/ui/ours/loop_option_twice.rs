//! An option of a loop, written twice.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in (fetch(1), fetch(2)) { sum += n; }, limit = 1, limit = 2);
}

fn main() {}
