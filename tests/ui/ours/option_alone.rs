//! An option in the header that is only a name.

use rejoin::gather;

pub async fn run() -> u32 {
    let (a, b) = gather!(<return_exceptions> async { 1 }, async { 2 }).await;
    a + b
}

fn main() {}
