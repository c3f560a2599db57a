//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// Stores values under keys.
#[derive(Debug, Parser)]
#[command(name = "service", version)]
pub(crate) struct Args {
    /// Port to listen on [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// Maximum number of connections that are served at once
    #[arg(long, default_value = "100", value_parser = parse_limit)]
    pub(crate) limit: usize,

    /// Time limit for one request, for example 500ms or 1.5s
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,

    /// Time for connections to end after ctrl-c
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    pub(crate) grace: Duration,

    /// Interval between two reports
    #[arg(long, default_value = "10s", value_parser = parse_interval)]
    pub(crate) report: Duration,

    /// File to which the store is saved at the end, as `SET` requests
    #[arg(long)]
    pub(crate) save: Option<PathBuf>,

    /// Run some demo clients, then end
    #[arg(long)]
    pub(crate) demo: bool,
}

fn parse_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one connection must be allowed".to_owned()),
        Ok(limit) => Ok(limit),
        Err(error) => Err(error.to_string()),
    }
}

fn parse_interval(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("that would be one report after the other".to_owned()),
        Ok(interval) => Ok(interval),
        Err(error) => Err(format!("{error}; expected something like 500ms or 1.5s")),
    }
}
