// errors: 2
//! The other branches are checked although one ends in a dot.

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
