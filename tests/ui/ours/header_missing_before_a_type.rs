//! A branch that starts with `<`, and no header.

use rejoin::gather;

struct Page;

impl Page {
    async fn fetch() -> u32 {
        1
    }
}

pub async fn run() -> u32 {
    let (a, b) = gather!(<Page>::fetch(), async { 2 }).await;
    a + b
}

fn main() {}
