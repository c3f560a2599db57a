//! A branch that is awaited and unwrapped before it is waited for.

use rejoin::wait;

async fn fetch(n: u32) -> Result<u32, String> {
    Ok(n)
}

pub async fn run() {
    let (done, _) = wait!(fetch(1).await.unwrap(), async { 2 }).await;
    drop(done);
}

fn main() {}
