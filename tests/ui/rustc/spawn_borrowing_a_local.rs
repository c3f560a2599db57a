//! A task that borrows a local, in a gather.

use rejoin::{gather, spawn};

pub async fn run() -> usize {
    let name = String::from("a");
    let (len,) = gather!(spawn(async { name.len() })).await;
    len
}

fn main() {}
