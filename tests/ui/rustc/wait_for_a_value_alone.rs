//! A value alone, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (done, _pending) = wait!(5).await;
    for n in done {
        fetch(n).await;
    }
}

fn main() {}
