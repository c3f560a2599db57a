//! `each_timeout` with a set that is borrowed.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut sum = 0;
    as_completed!(for n in ..&mut pending { sum += n.unwrap(); }, each_timeout = 2s);
    pending.len();
}

fn main() {}
