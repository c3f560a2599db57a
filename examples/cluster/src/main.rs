//! Uses the macros over a network: workers share jobs through a NATS server that stores them, and no job is lost when a worker, the
//! coordinator or the server is killed.
//!
//! ```console
//! cd examples/cluster
//! cargo run -- demo                          # a server, three workers and a coordinator; some of them fail
//!
//! nats-server -js &                          # the same by hand, on as many machines as you like
//! cargo run -- worker --name 1 &
//! cargo run -- worker --name 2 &
//! cargo run -- coordinator --replicas 2
//! ```
//!
//! `queue.rs` has the queue and the outcomes on the server (`JetStream`), and `outcomes.rs` what the coordinator knows of them. `coordinator.rs`
//! distributes jobs with `as_completed!`, `worker.rs` limits and ends them with `task_group!`, and `quorum.rs` reads from a majority with
//! `gather!`. `runtime/src/guide/scaling_out.md` explains the design.

mod args;
mod coordinator;
mod demo;
mod job;
mod outcomes;
mod process;
mod queue;
mod quorum;
mod replica;
mod worker;

use std::error;
use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use outcomes::Outcomes;

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
            let outcomes = Outcomes::new(options.jobs);
            let client = async_nats::connect(url).await?;
            coordinator::run(&client, &outcomes, &options).await
        }
        Command::Worker { url, options } => {
            worker::run(&async_nats::connect(url).await?, &options).await
        }
        Command::Demo { url, options } => demo::run(url, &options).await,
    }
}
