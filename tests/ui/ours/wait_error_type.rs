//! An error type for `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (_done, _pending) = wait!(<std::io::Error> fetch(1), fetch(2)).await;
}

fn main() {}
