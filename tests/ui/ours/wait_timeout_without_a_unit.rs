//! A deadline of `wait!` without a unit.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(<timeout = 1.5> fetch(1), fetch(2)).await;
}

fn main() {}
