//! An unknown option, in the header of arms.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        <colour = 2>
        n = fetch(1) => sum += n,
        n = fetch(2) => sum += n,
    }
}

fn main() {}
