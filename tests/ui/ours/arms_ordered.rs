//! Arms with `ordered`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed! {
        a = fetch(1) => drop(a),
        b = fetch(2) => drop(b),
        ordered = true
    }
}

fn main() {}
