//! A loop with a pattern that is certainly refutable.

use rejoin::as_completed;

pub async fn run() {
    let xs = vec![async { Some(1) }];
    let mut sum = 0;
    as_completed!(for Some(n) in ..xs { sum += n; });
}

fn main() {}
