//! An `each_timeout` that is an `Option`.

use rejoin::gather;

pub async fn run(after: Option<std::time::Duration>) -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, each_timeout = after).await;
    a.unwrap() + b.unwrap()
}

fn main() {}
