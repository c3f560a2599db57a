//! A mutable reference to a future in a `Box`.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut boxed = Box::new(fetch(1));
    let (a, b) = gather!(&mut boxed, fetch(2)).await;
    drop((a, b));
}

fn main() {}
