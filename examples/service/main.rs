//! A key-value store over TCP: one `task_group!` with a child for each connection, and a graceful shutdown.
//!
//! After ctrl-c it accepts no more connections. Open connections answer the requests that have arrived and say goodbye, within the
//! time of `--grace`. asyncio's `TaskGroup` cancels all children at once, in the middle of their requests.
//!
//! ```console
//! cargo run -p rejoin-examples --bin service
//! cargo run -p rejoin-examples --bin service -- --port 7000 --limit 2 --grace 30s
//! cargo run -p rejoin-examples --bin service -- --demo
//! ```
//!
//! Connect with `nc localhost 7000`; `store.rs` describes the requests. The call of `task_group!` is in `serve.rs`.

mod args;
mod connection;
mod demo;
mod serve;
mod store;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::Parser;
use rejoin::gather;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;
use tokio::sync::oneshot;

use args::Args;
use serve::{Service, serve};

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    let service = Service::new(args);
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await?;
    let address = listener.local_addr()?;
    let accept = async move || Ok::<_, io::Error>(listener.accept().await?.0);

    if args.demo {
        let (stop, stopped) = oneshot::channel();
        let stopped = async { stopped.await.map_err(io::Error::other) };
        let service = serve(&service, accept, stopped, args);
        gather!(<Box<dyn Error>> service, demo::clients(address, stop)).await?;
    } else {
        println!("listening on {address}");
        serve(&service, accept, ctrl_c(), args).await?;
    }
    print!("{:#}", service.counts);
    Ok(())
}
