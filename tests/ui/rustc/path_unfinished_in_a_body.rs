//! A body of a loop with an unfinished path.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in ..[fetch(1)] {
        let m = u32::;
        drop((n, m));
    });
}

fn main() {}
