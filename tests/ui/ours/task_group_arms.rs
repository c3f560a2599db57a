//! Arms instead of a body.

use rejoin::task_group;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    task_group! { a = fetch(1) => drop(a) };
}

fn main() {}
