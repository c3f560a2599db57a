//! A value instead of an error type, in the header.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let _ = gather!(<error = std::io::Error::other("x"), limit = 2> fetch(1), fetch(2)).await;
}

fn main() {}
