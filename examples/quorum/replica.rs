//! A replica: a TCP server that stores one line after a delay.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rejoin::{Task, as_completed, spawn};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The answer of a replica that has stored the value.
const ACKNOWLEDGED: &str = "ok";

/// A replica that runs in this process until its first client disconnects.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) number: usize,
    address: SocketAddr,
    server: Task<io::Result<Option<String>>>,
}

impl Replica {
    /// Starts a replica that stores a value after `delay`, or fails to store it then.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub(crate) async fn start(
        number: usize,
        delay: Duration,
        failure: Option<&'static str>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Self {
            number,
            address: listener.local_addr()?,
            server: spawn(serve(listener, delay, failure)),
        })
    }

    /// Writes a value to the replica. Dropping the future closes the connection.
    ///
    /// # Errors
    ///
    /// Returns an error if the replica cannot be reached or has not stored the value.
    pub(crate) async fn write(&self, value: &str) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.address).await?;
        stream.write_all(format!("{value}\n").as_bytes()).await?;
        match BufReader::new(stream).lines().next_line().await? {
            Some(answer) if answer == ACKNOWLEDGED => Ok(()),
            Some(failure) => Err(io::Error::other(failure)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Waits until the client disconnects, and returns the stored value.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection failed.
    pub(crate) async fn stopped(self) -> io::Result<Option<String>> {
        self.server.await
    }
}

/// Serves one client: stores its line, unless it disconnects before.
async fn serve(
    listener: TcpListener,
    delay: Duration,
    failure: Option<&'static str>,
) -> io::Result<Option<String>> {
    let (mut stream, _) = listener.accept().await?;
    let (input, mut output) = stream.split();
    let mut lines = BufReader::new(input).lines();
    let mut stored = None;
    if let Some(value) = lines.next_line().await? {
        as_completed! {
            () = sleep(delay) => {
                let answer = failure.unwrap_or(ACKNOWLEDGED);
                stored = failure.is_none().then_some(value);
                output.write_all(format!("{answer}\n").as_bytes()).await?;
                break;
            }
            _ = lines.next_line() => break,
        }
    }
    Ok(stored)
}
