//! A body of a loop that ends in the middle of a statement.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in ..[fetch(1)] {
        fetch(n).await;
        n +
    });
}

fn main() {}
