//! An option of `as_completed!` in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(<each_timeout = 2s> fetch(1), fetch(2)).await;
}

fn main() {}
