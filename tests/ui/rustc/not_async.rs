//! An `.await` outside of `async`.

use rejoin::gather;

pub fn run() -> u32 {
    let (a, b) = gather!(async { 1 }, async { 2 }).await;
    a + b
}

fn main() {}
