//! A set that an arm borrows.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut sum = 0;
    as_completed! {
        n in ..&mut pending => sum += n,
        n = fetch(3) => sum += n,
    }
}

fn main() {}
