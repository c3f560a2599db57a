//! A wait that is dropped at once.

#![deny(unused_must_use)]
use rejoin::wait;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    wait!(fetch(1), fetch(2));
}

fn main() {}
