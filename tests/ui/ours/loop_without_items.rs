//! A loop with nothing after `in`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in { sum += n; });
}

fn main() {}
