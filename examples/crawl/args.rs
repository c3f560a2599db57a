//! The command line.

use std::time::Duration;

use clap::Parser;
use reqwest::Url;

/// Crawls a web site and reports what it found.
#[derive(Debug, Parser)]
#[command(name = "crawl", version)]
pub(crate) struct Args {
    /// Page to start from; only links on the same host are followed
    /// [default: a small embedded site]
    #[arg(long, value_parser = parse_url)]
    pub(crate) url: Option<Url>,

    /// Maximum number of requests in flight
    #[arg(long, default_value = "16", value_parser = parse_limit)]
    pub(crate) limit: usize,

    /// Time limit for one page, for example 500ms or 1.5s
    #[arg(long, default_value = "1s", value_parser = parse_timeout)]
    pub(crate) timeout: Duration,

    /// Maximum number of links between the start page and another page
    #[arg(long, default_value_t = 8)]
    pub(crate) depth: usize,
}

fn parse_url(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text)
        .map_err(|error| format!("{error}; expected something like http://localhost:8080/"))?;
    if url.scheme() != "http" {
        return Err("only http:// pages can be fetched".to_owned());
    }
    url.set_fragment(None);
    Ok(url)
}

fn parse_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one request must be allowed".to_owned()),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("the timeout must be longer than 0s".to_owned()),
        Ok(timeout) => Ok(timeout),
        Err(error) => Err(format!("{error}; expected something like 500ms or 1.5s")),
    }
}
