//! A stream in a call that takes all futures at once.

use rejoin::wait;
use std::future::ready;

pub async fn run() {
    let futures = futures::stream::iter([ready(1)]);
    let (done, _) = wait!(ready(2), ..futures).await;
    drop(done);
}

fn main() {}
