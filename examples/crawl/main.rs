//! A web crawler that handles each page as soon as it arrives and immediately fetches the pages that it links to. It is one
//! loop of `as_completed!` with a body that adds futures to the loop. The collection in asyncio's `as_completed` cannot grow.
//!
//! Without arguments it starts an embedded site and crawls it:
//!
//! ```console
//! cargo run -p rejoin-examples --bin crawl
//! cargo run -p rejoin-examples --bin crawl -- --limit 4 --timeout 500ms
//! cargo run -p rejoin-examples --bin crawl -- --url http://localhost:8080/ --depth 2
//! ```
//!
//! After ctrl-c it stops and prints the summary of the pages until then. The call of `as_completed!` is in `crawl.rs`.

mod args;
mod crawl;
mod page;
mod report;
mod site;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use reqwest::{Client, Url};
use tokio::signal::ctrl_c;

use args::Args;
use report::{Progress, Summary};
use site::Site;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(summary) => {
            print!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("crawl: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Crawls the site from the command line, or the embedded one.
async fn run(args: &Args) -> Result<Summary, Box<dyn Error>> {
    if let Some(start) = &args.url {
        return crawl_from(start, args).await;
    }
    let site = Site::start().await?;
    let summary = crawl_from(site.url(), args).await;
    site.stop().await?;
    summary
}

/// Crawls from `start` and prints the report.
async fn crawl_from(start: &Url, args: &Args) -> Result<Summary, Box<dyn Error>> {
    // A proxy could not reach the embedded site.
    let client = Client::builder().no_proxy().build()?;
    let progress = Progress::start();
    let tally = crawl::crawl(&client, start, args, &progress, ctrl_c())
        .await
        .map_err(|error| format!("cannot fetch the start page {start}: {error}"))?;
    Ok(progress.finish(start, tally))
}
