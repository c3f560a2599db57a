//! An arm that ends before its future.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed! {
        a =
    }
}

fn main() {}
