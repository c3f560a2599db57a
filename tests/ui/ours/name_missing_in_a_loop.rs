//! A body of a loop that ends in a dot.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in ..[fetch(1)] {
        let n: u32 = n;
        n.
    });
}

fn main() {}
