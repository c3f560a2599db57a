//! An option of `task_group!` after arms.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        n = fetch(1) => sum += n,
        n = fetch(2) => sum += n,
        grace = 2s,
    }
}

fn main() {}
