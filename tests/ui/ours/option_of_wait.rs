//! An option of `wait!`.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }, return_when = FIRST_COMPLETED).await;
    a + b
}

fn main() {}
