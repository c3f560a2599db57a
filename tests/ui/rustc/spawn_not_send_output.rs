//! A task that returns an `Rc`.

use std::rc::Rc;

use rejoin::spawn;

pub async fn run() -> u32 {
    *spawn(async { Rc::new(1) }).await
}

fn main() {}
