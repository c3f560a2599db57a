//! `until` with a mutable reference to a future that is not pinned.

use rejoin::wait;

pub async fn run(mut shutdown: tokio::time::Sleep) -> usize {
    let (done, _) = wait!(async { 1 }, async { 2 }, until = &mut shutdown).await;
    done.len()
}

fn main() {}
