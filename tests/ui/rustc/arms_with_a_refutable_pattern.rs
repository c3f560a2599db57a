//! An arm whose pattern does not fit everything.

use rejoin::as_completed;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        Ok(n) = fetch(1) => sum += n,
        n = fetch(2) => sum += n.unwrap(),
    }
}

fn main() {}
