//! `each_timeout` with a set, in arms.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut sum = 0;
    as_completed! {
        n in ..pending => sum += n.unwrap(),
        n = fetch(3) => sum += n.unwrap(),
        each_timeout = 2s,
    }
}

fn main() {}
