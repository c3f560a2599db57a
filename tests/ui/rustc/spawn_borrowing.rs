//! A task that borrows an argument.

use rejoin::spawn;

pub async fn run(name: &str) -> usize {
    spawn(async { name.len() }).await
}

fn main() {}
