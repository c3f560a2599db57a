//! A spread of the parameter of a closure, of no known type.

use rejoin::gather;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let all = |many| gather!(..many);
    drop(all([fetch(1)]).await);
}

fn main() {}
