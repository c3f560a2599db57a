//! Clients that show what the service does.

use std::io;
use std::net::SocketAddr;

use rejoin::gather;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// Some clients, of which two are still there when the service is told to end, through `stop`.
///
/// # Errors
///
/// If a connection breaks.
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

    // One waits for what the other sets.
    idle.send("WAIT state\n").await?;
    busy.send("SET state busy\nWAIT forever\n").await?;
    idle.print().await?;

    // One has a request under way.
    let _ = stop.send(());
    while idle.print().await? {}
    while busy.print().await? {}
    Ok(())
}

/// A client that tells on stdout what it is answered.
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

    /// The next line, with its end; nothing when the connection is closed.
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
