//! A loop without its body.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    as_completed!(for n in ..xs);
}

fn main() {}
