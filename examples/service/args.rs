//! What can be said on the command line.

use std::time::Duration;

use clap::Parser;

/// Keeps values under keys, for whoever connects.
#[derive(Debug, Parser)]
#[command(name = "service", version)]
pub(crate) struct Args {
    /// Port of this machine to listen on [default: one that is free]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,

    /// How many connections are served at once; more have to wait
    #[arg(long, default_value = "100", value_parser = parse_limit)]
    pub(crate) limit: usize,

    /// How long one request may take, for example 500ms or 1.5s
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,

    /// How long connections have to end after ctrl-c
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    pub(crate) grace: Duration,

    /// How often to report what is going on
    #[arg(long, default_value = "10s", value_parser = parse_interval)]
    pub(crate) report: Duration,

    /// Let some clients of its own talk to it, then end
    #[arg(long)]
    pub(crate) demo: bool,
}

fn parse_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one connection has to be allowed".to_owned()),
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
