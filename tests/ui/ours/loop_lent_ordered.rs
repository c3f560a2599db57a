//! A loop over a set that is lent, with `ordered`.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1)]);
    as_completed!(for n in ..&mut pending { drop(n); }, ordered = true);
}

fn main() {}
