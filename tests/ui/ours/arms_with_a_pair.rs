//! A pair as one arm.

use rejoin::as_completed;
use std::future::ready;

pub async fn run() {
    as_completed! {
        n = ("key", ready(1)) => drop(n),
    }
}

fn main() {}
