//! `until` by the name of another library's option.

use rejoin::wait;

pub async fn run() -> usize {
    let (done, _) = wait!(async { 1 }, async { 2 }, shutdown = async {}).await;
    done.len()
}

fn main() {}
