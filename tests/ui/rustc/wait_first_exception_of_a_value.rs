//! `FIRST_EXCEPTION` with a branch that is not a future.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (done, _pending) = wait!(5, return_when = FIRST_EXCEPTION).await;
    done.len();
}

fn main() {}
