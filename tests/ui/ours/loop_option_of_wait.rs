//! An option of `wait!` in the header of a loop.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed!(<return_when = FIRST_COMPLETED> for n in (fetch(1), fetch(2)) { sum += n; });
}

fn main() {}
