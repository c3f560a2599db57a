//! A loop in `wait!`.

use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let xs = vec![fetch(1), fetch(2)];
    wait!(for n in ..xs { fetch(n).await; }).await;
}

fn main() {}
