//! A loop that ends after `in`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in);
}

fn main() {}
