//! Two branches that borrow the same thing to change it.

use rejoin::gather;

async fn push(xs: &mut Vec<u32>) {
    xs.push(1);
}

pub async fn run() -> usize {
    let mut xs = vec![];
    gather!(push(&mut xs), push(&mut xs)).await;
    xs.len()
}

fn main() {}
