//! A body of a loop that does not parse.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in ..[fetch(1)] {
        fetch(n).await;
        let m = ;
        drop(n);
    });
}

fn main() {}
