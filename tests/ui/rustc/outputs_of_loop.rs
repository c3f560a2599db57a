//! Two types of results, in a loop.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

async fn name() -> String {
    String::new()
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(for n in (fetch(1), name()) {
        sum += n;
        sum += fetch(sum).await;
    });
}

fn main() {}
