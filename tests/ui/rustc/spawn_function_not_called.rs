//! A function that is not called, as a task.

use rejoin::spawn;

async fn fetch() -> u8 {
    1
}

pub fn run() {
    let _task = spawn(fetch);
}

fn main() {}
