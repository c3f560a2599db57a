//! A value of the user's as a branch.

use rejoin::gather;

pub struct Page;

pub async fn run() -> (Page, u32) {
    let (a, b) = gather!(Page, async { 2 }).await;
    (a, b)
}

fn main() {}
