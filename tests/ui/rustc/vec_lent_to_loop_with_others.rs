//! A `Vec` that a loop borrows, beside other items.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut tasks = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    as_completed!(for n in (..&mut tasks, fetch(3)) {
        sum += n;
        fetch(1).await;
        sum += fetch(2).await;
    });
    tasks.len();
}

fn main() {}
