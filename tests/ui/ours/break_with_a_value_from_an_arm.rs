// errors: 2
//! Arms with a `break` that has a value.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let first = as_completed! {
        a = fetch(1) => break a,
        b = fetch(2) => break b + 1,
    };
    fetch(first).await;
}

fn main() {}
