//! Options between the branches of a loop and its body.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let (xs, most) = (vec![fetch(1), fetch(2)], 2);
    let mut sum = 0;
    as_completed!(for n in ..xs, limit = most, timeout = 2s { sum += n.unwrap(); });
}

fn main() {}
