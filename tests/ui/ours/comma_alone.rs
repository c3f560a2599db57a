//! A comma and no branch.

use rejoin::gather;

pub async fn run() {
    gather!(,).await;
}

fn main() {}
