// errors: 2
//! Arms without bodies.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed! {
        a = fetch(1),
        b = fetch(2),
    }
}

fn main() {}
