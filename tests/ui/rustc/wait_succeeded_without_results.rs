//! `SUCCEEDED(n)` where nothing can fail.

use rejoin::wait;

async fn fetch(n: u8) -> u8 {
    n
}

pub async fn run() {
    let (done, _pending) = wait!(fetch(1), fetch(2), return_when = SUCCEEDED(2)).await;
    let _ = done;
}

fn main() {}
