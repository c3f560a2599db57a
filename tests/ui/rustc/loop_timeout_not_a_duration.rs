//! A deadline of a loop that is a number.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let after = 2;
    let mut sum = 0;
    as_completed!(for n in (fetch(1), fetch(2)) { sum += n.unwrap_or(0); }, timeout = after);
}

fn main() {}
