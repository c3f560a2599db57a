//! `else`, as in `select!`.

use rejoin::as_completed;

async fn fetch(n: u32) -> u32 {
    n
}

pub async fn run() {
    let mut sum = 0;
    as_completed! {
        a = fetch(1) => sum += a,
        else => sum += 1,
    }
}

fn main() {}
