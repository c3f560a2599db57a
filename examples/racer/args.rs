//! The command line.

use std::time::Duration;

use clap::{Parser, Subcommand, value_parser};

use crate::client::Racer;

/// Examines a client in the eleven scenarios of Easy Racer.
#[derive(Debug, Parser)]
#[command(name = "racer", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Server to use [default: an embedded one, which also decides whether the client has played well]
    #[arg(long)]
    pub(crate) url: Option<String>,

    /// Scenarios to play
    #[arg(long, value_delimiter = ',', default_values_t = 1..=11, value_parser = value_parser!(u8).range(1..=11))]
    pub(crate) scenarios: Vec<u8>,

    /// Number of rounds
    #[arg(long, default_value_t = 1)]
    pub(crate) rounds: usize,

    /// Time limit for a round
    #[arg(long, default_value = "3min", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,

    #[command(flatten)]
    pub(crate) rules: Rules,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plays one round against a server, and prints the answers
    Client(Racer),
}

/// What the judge demands.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Rules {
    /// Unit of all times; a short one plays in fast motion
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) second: Duration,

    /// Number of requests in scenario 3
    #[arg(long, default_value_t = 10_000)]
    pub(crate) crowd: usize,

    /// Mean load of one processor in scenario 10; lower it on a busy machine
    #[arg(long, default_value_t = 0.8)]
    pub(crate) load: f64,

    /// Time after the right answer of a scenario in which losers have to be gone
    #[arg(long, default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) grace: Duration,

    /// Time after which a scenario without a right answer is lost; three times as much in scenarios 3 and 10.
    #[arg(skip = Duration::from_secs(10))]
    pub(crate) patience: Duration,
}

impl Rules {
    /// Returns the number of requests of a scenario: of those that use a resource in 8, and that start the work in 10.
    pub(crate) fn requests(&self, scenario: usize) -> usize {
        match scenario {
            3 => self.crowd,
            6 | 11 => 3,
            9 => 10,
            10 => 1,
            _ => 2,
        }
    }

    /// Returns how long a request may stay without an answer before the right answer of its scenario.
    pub(crate) fn patience(&self, scenario: usize) -> Duration {
        match scenario {
            3 | 10 => 3 * self.patience,
            _ => self.patience,
        }
    }
}
