//! Writes a value to five replicas over TCP, and continues as soon as three of them have acknowledged it.
//!
//! `SUCCEEDED(3)` counts acknowledgements only, and returns early when so many replicas have failed that three cannot be reached.
//! The other writes stay in a set, to be cancelled or completed. With asyncio their tasks would keep running, and the program would
//! have to count and to keep a list of them.
//!
//! ```console
//! cargo run -p rejoin-examples --bin quorum
//! cargo run -p rejoin-examples --bin quorum -- --drain
//! cargo run -p rejoin-examples --bin quorum -- --quorum 5
//! ```

mod replica;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rejoin::{gather, keyed, wait};

use replica::Replica;

/// Writes a value to five replicas until enough of them have acknowledged it.
#[derive(Debug, Parser)]
#[command(name = "quorum", version)]
struct Args {
    /// Number of replicas that have to acknowledge
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=5))]
    quorum: u8,

    /// Time limit for the acknowledgements, for example 500ms or 1.5s
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    timeout: Duration,

    /// Wait for the other replicas instead of cancelling their writes
    #[arg(long)]
    drain: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quorum: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let replicas = gather!(
        Replica::start(1, Duration::from_millis(20), None),
        Replica::start(2, Duration::from_millis(40), Some("the disk is full")),
        Replica::start(3, Duration::from_millis(60), None),
        Replica::start(4, Duration::from_millis(80), None),
        Replica::start(5, Duration::from_secs(1), None),
    );
    let replicas = <[_; 5]>::from(replicas.await?);
    let writes = replicas
        .iter()
        .map(|to| keyed(to.number, to.write("x = 42")));
    let needed = usize::from(args.quorum);

    let (done, mut writes) = wait!(
        ..writes,
        return_when = SUCCEEDED(needed),
        timeout = args.timeout
    )
    .await;
    done.iter().for_each(print);
    let acknowledged = done.iter().filter(|(_, result)| result.is_ok()).count();
    let reached = if acknowledged >= needed {
        println!("quorum reached");
        Ok(())
    } else if acknowledged + writes.len() < needed {
        Err("too many replicas have failed".to_owned())
    } else {
        Err(format!("timed out after {:?}", args.timeout))
    };
    if args.drain && reached.is_ok() {
        println!("draining: {}", writes.len());
        while let Some(outcome) = writes.next().await {
            print(&outcome);
        }
    } else {
        println!("cancelling: {}", writes.len());
    }
    drop(writes);

    let stored = gather!(..replicas.map(Replica::stopped)).await?;
    for (n, value) in (1..).zip(stored) {
        println!("replica {n} has {}", value.as_deref().unwrap_or("nothing"));
    }
    Ok(reached?)
}

/// The number of a replica, and the result of its write.
type Outcome = (usize, io::Result<()>);

fn print((number, result): &Outcome) {
    match result {
        Ok(()) => println!("replica {number} acknowledged"),
        Err(error) => println!("replica {number} failed: {error}"),
    }
}
