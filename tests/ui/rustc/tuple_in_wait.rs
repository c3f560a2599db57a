//! A variable that is a pair, as one branch.

use rejoin::wait;
use std::future::ready;

pub async fn run() {
    let pair = ("a", ready(1));
    let (done, _) = wait!(pair).await;
    drop(done);
}

fn main() {}
