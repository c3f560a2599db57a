//! `FIRST_EXCEPTION` where nothing can fail.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (done, _pending) = wait!(fetch(1), fetch(2), return_when = FIRST_EXCEPTION).await;
    for n in done {
        fetch(n).await;
    }
}

fn main() {}
