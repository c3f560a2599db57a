//! A branch that is the parameter of a closure, of no known type.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let each = |one| gather!(one, each_timeout = 1s);
    drop(each(fetch(1)).await);
}

fn main() {}
