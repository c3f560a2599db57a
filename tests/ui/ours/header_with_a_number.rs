//! Something in the header that is not an option.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<limit = 1, 2> async { 1 }, async { 2 }).await;
    a + b
}

fn main() {}
