//! The output of an arm's branch, which is awaited again.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a = fetch(1) => sum += a.await,
        b in ..[fetch(2)] => sum += b,
    }
}

fn main() {}
