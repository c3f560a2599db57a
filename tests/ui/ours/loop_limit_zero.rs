//! A loop with `limit = 0`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(<limit = 0> for n in (fetch(1), fetch(2)) { sum += n; });
}

fn main() {}
