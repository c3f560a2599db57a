//! Options before a loop and after it.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(<limit = 1> for n in (fetch(1), fetch(2)) { sum += n.unwrap(); }, timeout = 2s);
}

fn main() {}
