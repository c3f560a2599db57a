//! A stream that is lent to a loop as if it were a `Pending`.

use rejoin::as_completed;
use std::future::ready;

pub async fn run() {
    let mut futures = futures::stream::iter([ready(1)]);
    as_completed!(for n in ..&mut futures { drop(n); });
}

fn main() {}
