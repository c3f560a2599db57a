// errors: 2
//! A `;` after the body of an arm, as after a statement.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a = fetch(1) => { sum += a; };
        b = fetch(2) => sum += b;
    }
}

fn main() {}
