//! Two types of results of three branches, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let (done, _pending) = wait!(fetch(1), fetch(2), name()).await;
    for n in done {
        fetch(n).await;
    }
}

fn main() {}
