//! What a subscriber sees of calls, branches, tasks and children, with the feature `tracing`.

mod calls;
mod groups;
mod recorder;
mod tasks;
mod until;

use std::time::Duration;

use tokio::time::sleep;

/// Takes so many milliseconds, and gives that.
async fn after(ms: u64) -> u64 {
    sleep(Duration::from_millis(ms)).await;
    ms
}

/// Takes so many milliseconds, and gives it if it is even.
async fn even(ms: u64) -> Result<u64, String> {
    match after(ms).await {
        even if even % 2 == 0 => Ok(even),
        odd => Err(format!("{odd} is odd")),
    }
}
