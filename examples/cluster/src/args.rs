//! The command line.

use std::time::Duration;

use clap::{Parser, Subcommand};

/// Counts primes on many machines.
#[derive(Debug, Parser)]
#[command(name = "cluster", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Starts a server, workers and a coordinator, and makes some of them fail
    Demo {
        /// Server to use [default: starts one, for which nats-server must be installed]
        #[arg(long)]
        url: Option<String>,

        #[command(flatten)]
        options: CoordinatorOptions,
    },
    /// Puts jobs into the queue, and waits until all of them have ended
    Coordinator {
        /// Server to use
        #[arg(long, default_value = "nats://127.0.0.1:4222")]
        url: String,

        #[command(flatten)]
        options: CoordinatorOptions,
    },
    /// Does jobs until ctrl-c, and finishes the current ones
    Worker {
        /// Server to use
        #[arg(long, default_value = "nats://127.0.0.1:4222")]
        url: String,

        #[command(flatten)]
        options: WorkerOptions,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct CoordinatorOptions {
    /// Number of jobs
    #[arg(long, default_value = "5000", value_parser = parse_count)]
    pub(crate) jobs: usize,

    /// Maximum number of jobs in flight
    #[arg(long, default_value = "64", value_parser = parse_count)]
    pub(crate) limit: usize,

    /// Time limit for a job, from the moment in which it is put into the queue
    #[arg(long, default_value = "1min", value_parser = humantime::parse_duration)]
    pub(crate) job_timeout: Duration,

    /// Time without an outcome after which the coordinator asks the server again
    #[arg(long, default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) patience: Duration,

    /// Time limit for an answer of the replicas, for example 500ms or 1.5s
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) timeout: Duration,

    /// Number of workers that keep a copy of the result; their names are 1, 2 and so on
    #[arg(long, default_value = "3", value_parser = parse_count)]
    pub(crate) replicas: usize,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WorkerOptions {
    /// Name of the worker, by which the coordinator knows its copy of the result
    #[arg(long)]
    pub(crate) name: String,

    /// Maximum number of jobs at once
    #[arg(long, default_value = "4", value_parser = parse_count)]
    pub(crate) limit: usize,

    /// Time that a job waits before it computes
    #[arg(long, default_value = "5ms", value_parser = humantime::parse_duration)]
    pub(crate) pause: Duration,

    /// Time after which a job goes to another worker if this one shows no sign of life
    #[arg(long, default_value = "2s", value_parser = humantime::parse_duration)]
    pub(crate) ack_wait: Duration,

    /// Number of times that a job is given to a worker before it is dead
    #[arg(long, default_value = "4")]
    pub(crate) deliveries: i64,

    /// Number of a job that kills the worker
    #[arg(long)]
    pub(crate) poison: Option<usize>,

    /// Time for the current jobs to finish after ctrl-c
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    pub(crate) grace: Duration,
}

fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there has to be at least one".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(error.to_string()),
    }
}
