//! A set that `wait!` borrows.

use rejoin::{Pending, wait};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let (done, _pending) = wait!(..&mut pending, return_when = FIRST_COMPLETED).await;
    done.len();
}

fn main() {}
