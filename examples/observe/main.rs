//! Writes a trace of a small service to a file for <https://ui.perfetto.dev> and `chrome://tracing`. It shows each request with
//! its calls, each call with its branches, and each group with its children.
//!
//! ```console
//! cargo run -p rejoin-examples --features tracing --bin observe
//! cargo run -p rejoin-examples --features tracing --bin observe -- --output requests.json
//! ```
//!
//! `main` has everything that is needed: it enables the feature `tracing` of rejoin and installs a subscriber.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use rejoin::{as_completed, gather, task_group, wait};
use tokio::time::sleep;
use tracing::{info, instrument};
use tracing_chrome::{ChromeLayerBuilder, TraceStyle};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Serves three requests and writes a trace of them.
#[derive(Debug, Parser)]
#[command(name = "observe", version)]
struct Args {
    /// The file to write
    #[arg(long, default_value = "trace.json")]
    output: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let (layer, written) = ChromeLayerBuilder::new()
        .file(&args.output)
        .include_args(true)
        // Each request has its own track, even if it runs on several threads.
        .trace_style(TraceStyle::Async)
        .build();
    tracing_subscriber::registry().with(layer).try_init()?;

    gather!(profile(7), feed(7), save(7)).await;

    drop(written);
    println!("{}", args.output.display());
    Ok(())
}

/// Waits for two answers, and for the faster of two replicas.
#[instrument]
async fn profile(user: u64) {
    let replicas = [15, 25].map(|ms| query("replica", ms));
    let (_, _, (done, _)) = gather!(
        query("name", 10),
        query("photo", 30),
        wait!(..replicas, return_when = FIRST_COMPLETED),
    )
    .await;
    info!(replicas = done.len(), "profile");
}

/// Handles posts in completion order, two at a time.
#[instrument]
async fn feed(user: u64) {
    let posts = [20, 10, 15, 5].map(|ms| query("post", ms));
    as_completed!(
        for post in ..posts {
            query("comments", post / 2).await;
        },
        limit = 2
    );
}

/// Runs writes that belong together: one of them fails, and the others are cancelled.
#[instrument]
async fn save(user: u64) {
    let outcome = task_group!(<String> |tg| {
        tg.spawn(async { Ok(query("first table", 10).await) });
        tg.spawn(async { Ok(query("second table", 50).await) });
        tg.spawn(async {
            query("third table", 20).await;
            Err::<(), _>("the disk is full".to_owned())
        });
        Ok(())
    })
    .await;
    info!(
        failures = outcome.map_or_else(|failures| failures.len(), |()| 0),
        "save"
    );
}

/// Takes `ms` milliseconds.
#[instrument]
async fn query(what: &'static str, ms: u64) -> u64 {
    sleep(Duration::from_millis(ms)).await;
    ms
}
