//! A spread of a stream of values.

use rejoin::gather;

pub async fn run() {
    let numbers = futures::stream::iter([1_u8, 2]);
    let all: Vec<u8> = gather!(..numbers).await;
    drop(all);
}

fn main() {}
