//! Writes a value to five replicas over TCP, and continues as soon as three of them have acknowledged it.
//!
//! After the `break`, the other writes stay in a set, to be cancelled or completed. With asyncio's `as_completed` their tasks
//! would keep running, and the program would have to keep a list of them. `wait!` with `COMPLETED(3)` does not suffice here,
//! because it counts failures too.
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
use rejoin::{Pending, as_completed, gather};

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
    let mut writes: Pending<_> = replicas.iter().map(|to| write(to, "x = 42")).collect();

    let reached = quorum(&mut writes, args).await;
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
    reached
}

/// Waits until enough writes are acknowledged, or until too many have failed. Unfinished writes stay in `writes`.
async fn quorum<W>(writes: &mut Pending<W>, args: &Args) -> Result<(), Box<dyn Error>>
where
    W: Future<Output = Outcome>,
{
    let mut missing = usize::from(args.quorum);
    as_completed!(<timeout = args.timeout> for outcome in ..&mut *writes {
        let outcome = outcome?;
        print(&outcome);
        if outcome.1.is_ok() {
            missing -= 1;
        }
        if missing == 0 || missing > writes.len() {
            break;
        }
    });
    if missing > 0 {
        return Err("too many replicas have failed".into());
    }
    println!("quorum reached");
    Ok(())
}

/// The number of a replica, and the result of its write.
type Outcome = (usize, io::Result<()>);

async fn write(to: &Replica, value: &str) -> Outcome {
    (to.number, to.write(value).await)
}

fn print((number, result): &Outcome) {
    match result {
        Ok(()) => println!("replica {number} acknowledged"),
        Err(error) => println!("replica {number} failed: {error}"),
    }
}
