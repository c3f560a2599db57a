//! A spread of a `JoinSet`.

use rejoin::gather;

pub async fn run() {
    let tasks = tokio::task::JoinSet::<u32>::new();
    let all = gather!(..tasks).await;
    drop(all);
}

fn main() {}
