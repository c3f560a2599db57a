//! `until` and `timeout` without an error type.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, timeout = 2s, until = async {}).await.unwrap();
    a + b
}

fn main() {}
