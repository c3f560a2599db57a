// errors: 2
//! A dot at the end of a branch does not keep the others from being checked.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let page = "a";
    let (a, b) = gather!(page., fetch("2")).await;
    drop((a, b));
}

fn main() {}
