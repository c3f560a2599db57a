//! An option of arms, written twice.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        <limit = 1, limit = 2>
        n = fetch(1) => sum += n,
        n = fetch(2) => sum += n,
    }
}

fn main() {}
