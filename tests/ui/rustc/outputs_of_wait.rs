//! Two types of results, in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let (done, _pending) = wait!(fetch(1), name()).await;
    done.len();
}

fn main() {}
