//! A loop with values of two types.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let found = as_completed!(for n in (fetch(1), fetch(2)) {
        if n == 1 {
            break n;
        }
        break "two";
    });
    drop(found);
}

fn main() {}
