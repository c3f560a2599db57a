//! An unused stream.

#![deny(unused_must_use)]
use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    as_completed!(fetch(1), fetch(2));
}

fn main() {}
