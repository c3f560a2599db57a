//! A `for` loop around a call with indices and a deadline.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() -> u32 {
    let xs = vec![fetch(1), fetch(2)];
    let mut sum = 0;
    for n in as_completed!(..xs, timeout = 1s).indexed() {
        let (_, n) = n.unwrap();
        sum += n;
    }
    sum
}

fn main() {}
