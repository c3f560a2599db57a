//! A spread of a stream of values, in a loop.

use rejoin::as_completed;

pub async fn run() {
    let numbers = futures::stream::iter([1, 2]);
    as_completed!(for n in ..numbers { drop(n); });
}

fn main() {}
