//! A loop whose pattern does not fit every item, and is seen not to.

use rejoin::as_completed;

pub async fn run() {
    let xs = vec![async { Some(1) }];
    let mut sum = 0;
    as_completed!(for Some(n) in ..xs { sum += n; });
}

fn main() {}
