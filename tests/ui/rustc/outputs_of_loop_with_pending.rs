//! Two types of results, in a loop that borrows a set.

use rejoin::{Pending, as_completed};

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let mut pending = Pending::from_iter([fetch(1), fetch(2)]);
    let mut sum = 0;
    as_completed!(for n in (..&mut pending, name()) {
        sum += n;
        sum += fetch(sum).await;
    });
}

fn main() {}
