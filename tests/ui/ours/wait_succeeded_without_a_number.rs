//! `SUCCEEDED` without its number.

use rejoin::wait;

async fn fetch(n: u8) -> Result<u8, ()> {
    Ok(n)
}

pub async fn run() {
    let (_done, _pending) = wait!(fetch(1), fetch(2), return_when = SUCCEEDED).await;
}

fn main() {}
