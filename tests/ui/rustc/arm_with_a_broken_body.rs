//! A body of an arm that does not parse.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed! {
        a = fetch(1) => { let = a; }
        b = fetch(2) => drop(b),
    }
}

fn main() {}
