//! A loop with a refutable pattern.

use rejoin::as_completed;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for Ok(n) in (fetch(1), fetch(2)) {
        sum += n;
    });
}

fn main() {}
