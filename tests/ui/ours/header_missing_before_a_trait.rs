//! A branch that starts with `<`, and no header.

use rejoin::gather;

trait Fetch {
    async fn fetch() -> u32;
}

pub async fn run<T: Fetch>() -> u32 {
    let (a, b) = gather!(<T as Fetch>::fetch(), async { 2 }).await;
    a + b
}

fn main() {}
