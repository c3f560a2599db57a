//! A loop with a `break` that has a label and a value.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    as_completed!('outer: for n in ..xs {
        loop {
            break 'outer n;
        }
    });
}

fn main() {}
