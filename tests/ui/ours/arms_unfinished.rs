//! An arm that ends where its future should stand.

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
