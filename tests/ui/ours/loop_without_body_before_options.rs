//! A loop without its body, and options after it.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    as_completed!(for n in ..xs, timeout = 2s);
}

fn main() {}
