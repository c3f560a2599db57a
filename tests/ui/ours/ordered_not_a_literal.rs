//! `ordered` with a value that is not a literal.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run(ordered: bool) {
    let results = as_completed!(fetch(1), fetch(2), ordered = ordered);
    drop(results);
}

fn main() {}
