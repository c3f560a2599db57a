//! A spread of pairs without futures.

use rejoin::gather;
use std::collections::HashMap;

pub async fn run() {
    let ages = HashMap::from([("ann", 31)]);
    gather!(..ages).await;
}

fn main() {}
