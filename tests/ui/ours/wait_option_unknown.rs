//! An unknown option, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), colour = 2).await;
}

fn main() {}
