//! A branch that is a `JoinSet`.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut tasks = tokio::task::JoinSet::<u32>::new();
    let all = gather!(&mut tasks, fetch(1)).await;
    drop(all);
}

fn main() {}
