//! A gather that outlives what it borrows.

use rejoin::gather;

pub fn run() -> impl Future<Output = (usize,)> {
    let name = String::from("a");
    gather!(async { name.len() })
}

fn main() {}
