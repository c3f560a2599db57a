//! A future that a loop borrows as if it were a collection.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut task = std::pin::pin!(fetch(1));
    let mut sum = 0;
    as_completed!(for n in ..&mut task {
        sum += n;
    });
}

fn main() {}
