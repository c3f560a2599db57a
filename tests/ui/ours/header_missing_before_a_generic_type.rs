//! A branch that starts with `<` and holds `>>`, and no header.

use rejoin::gather;

pub async fn run() -> usize {
    let pages = gather!(<Vec<u8>>::new()).await;
    pages.len()
}

fn main() {}
