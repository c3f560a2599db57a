//! Easy Racer: eleven races over HTTP, by which libraries for structured concurrency are compared. A server demands, for example,
//! that losers are cancelled, that an error does not end a race, and that ten thousand requests are under way at once. See
//! <https://github.com/jamesward/easyracer>.
//!
//! ```console
//! cargo run -p rejoin-examples --bin racer                                   # all scenarios, in about half a minute
//! cargo run -p rejoin-examples --bin racer -- --rounds 20 --second 100ms     # in fast motion
//! cargo run -p rejoin-examples --bin racer -- --url http://localhost:8080    # another server
//! ```
//!
//! On a busy machine build with `--release`, because scenario 3 opens ten thousand connections, and lower `--load`.
//!
//! `client.rs` is the client. The embedded server (`judge.rs`, `scenarios.rs`) is stricter than the original one: it counts requests,
//! has time limits, and demands that losers are gone soon after the right answer. `tests.rs` has clients that it refuses.

mod args;
mod client;
mod exam;
mod judge;
mod record;
mod scenarios;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(Command::Client(racer)) = &args.command {
        client::exam(racer);
        return ExitCode::SUCCESS;
    }
    match exam::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("racer: {error}");
            ExitCode::FAILURE
        }
    }
}
