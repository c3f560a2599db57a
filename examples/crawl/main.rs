//! A web crawler that handles a page the moment it is there, and fetches at once what it links to: one loop of
//! `as_completed!`, whose body adds to what it runs over. The list that asyncio's `as_completed` goes through cannot grow.
//!
//! Without arguments it starts a small site of its own and crawls that:
//!
//! ```console
//! cargo run -p rejoin-examples --bin crawl
//! cargo run -p rejoin-examples --bin crawl -- --limit 4 --timeout 500ms
//! cargo run -p rejoin-examples --bin crawl -- --url http://localhost:8080/ --depth 2
//! ```
//!
//! The call to look at is in `crawl.rs`.

mod args;
mod crawl;
mod page;
mod report;
mod site;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;
use reqwest::{Client, Url};

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

/// Crawls the site that was asked for, or the embedded one.
async fn run(args: &Args) -> Result<Summary, Box<dyn Error>> {
    if let Some(start) = &args.url {
        return crawl_from(start, args).await;
    }
    let site = Site::start().await?;
    let summary = crawl_from(site.url(), args).await;
    site.stop().await?;
    summary
}

/// Crawls from `start` and sums it up.
async fn crawl_from(start: &Url, args: &Args) -> Result<Summary, Box<dyn Error>> {
    // No proxy can reach the embedded site.
    let client = Client::builder().no_proxy().build()?;
    let progress = Progress::start();
    let tally = crawl::crawl(&client, start, args, &progress)
        .await
        .map_err(|error| format!("cannot fetch the start page {start}: {error}"))?;
    Ok(progress.finish(start, tally))
}
