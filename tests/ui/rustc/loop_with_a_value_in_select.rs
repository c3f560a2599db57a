//! A `break` with a value in a macro whose arguments are no expressions.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(for n in (fetch(1), fetch(2)) {
        tokio::select! {
            m = fetch(n) => break m,
        }
    });
}

fn main() {}
