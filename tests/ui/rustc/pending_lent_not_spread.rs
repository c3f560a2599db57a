//! A set that is borrowed without the dots.

use rejoin::{Pending, wait};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let (done, _pending) = wait!(&mut pending).await;
    done.len();
}

fn main() {}
