//! Demo clients.

use std::io;
use std::net::SocketAddr;

use rejoin::gather;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Runs some clients, and ends the service through `stop` while two of them are still connected.
///
/// # Errors
///
/// Returns an error if a connection fails.
pub(crate) async fn clients(address: SocketAddr, stop: oneshot::Sender<()>) -> io::Result<()> {
    let visits = (0..10).map(|_| async {
        let mut client = Client::connect("visitor", address).await?;
        for _ in 0..10 {
            client.send("INCR visits\n").await?;
            client.receive().await?;
        }
        Ok::<_, io::Error>(())
    });
    gather!(..visits).await?;

    let clients = gather!(
        Client::connect("idle", address),
        Client::connect("busy", address)
    );
    let (mut idle, mut busy) = clients.await?;
    idle.send("GET visits\n").await?;
    idle.print().await?;

    // One client waits for a value that the other one sets.
    idle.send("WAIT state\n").await?;
    busy.send("SET state busy\nWAIT forever\n").await?;
    idle.print().await?;

    // One client has a request in progress.
    let _ = stop.send(());
    while idle.print().await? {}
    while busy.print().await? {}
    Ok(())
}

/// A client that prints its answers.
struct Client {
    name: &'static str,
    stream: BufReader<TcpStream>,
}

impl Client {
    async fn connect(name: &'static str, address: SocketAddr) -> io::Result<Self> {
        let stream = BufReader::new(TcpStream::connect(address).await?);
        Ok(Self { name, stream })
    }

    async fn send(&mut self, lines: &str) -> io::Result<()> {
        self.stream.write_all(lines.as_bytes()).await
    }

    /// Returns the next line with its line end, or an empty text if the connection is closed.
    async fn receive(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await?;
        Ok(line)
    }

    /// Prints the next line, if there is one.
    async fn print(&mut self) -> io::Result<bool> {
        let line = self.receive().await?;
        if !line.is_empty() {
            print!("{}: {line}", self.name);
        }
        Ok(!line.is_empty())
    }
}
