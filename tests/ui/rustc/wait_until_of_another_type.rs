//! A predicate that expects another type of outputs.

use rejoin::wait;

async fn fetch(n: u8) -> u8 {
    n
}

pub async fn run() {
    let is_long = |name: &String| name.len() > 3;
    let (done, _pending) = wait!(fetch(1), fetch(2), return_when = UNTIL(is_long)).await;
    let _ = done;
}

fn main() {}
