//! A task that is dropped at once.

#![deny(unused_must_use)]
use rejoin::spawn;

pub async fn run() {
    spawn(async { 1 });
}

fn main() {}
