//! Uses the macros over a network: workers share jobs through a NATS server, and the coordinator loses no job.
//!
//! ```console
//! cd examples/cluster
//! cargo run -- demo                          # a server, three workers, a coordinator; one worker is killed
//!
//! nats-server &                              # the same by hand, on as many machines as you like
//! cargo run -- worker --name 1 &
//! cargo run -- worker --name 2 &
//! cargo run -- coordinator --replicas 2
//! ```
//!
//! `coordinator.rs` distributes jobs with `as_completed!`, `worker.rs` limits and ends them with `task_group!`, and `quorum.rs` reads
//! from a majority with `wait!`. `runtime/src/guide/scaling_out.md` explains the design.

mod args;
mod coordinator;
mod demo;
mod job;
mod ledger;
mod process;
mod quorum;
mod replica;
mod worker;

use std::error;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use ledger::Ledger;

/// Any error of the program.
type Error = Box<dyn error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cluster: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), Error> {
    match args.command {
        Command::Coordinator { url, options } => {
            let ledger = Ledger::new(options.jobs);
            let client = async_nats::connect(url).await?;
            coordinator::run(&client, &ledger, &options).await
        }
        Command::Worker { url, options } => {
            worker::run(&async_nats::connect(url).await?, &options).await
        }
        Command::Demo { url, options } => demo::run(url, &options).await,
    }
}
