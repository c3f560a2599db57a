//! A gather that is dropped at once.

#![deny(unused_must_use)]
use rejoin::gather;

pub async fn run() {
    gather!(async { 1 }, async { 2 });
}

fn main() {}
