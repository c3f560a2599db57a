//! Other programs: the server, the workers and the coordinator.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Stdio, id};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::sleep;

/// A running program with readable output. Dropping it kills the program.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a program.
    ///
    /// # Errors
    ///
    /// Returns an error if it cannot be started.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        let command = command.stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().expect("it is piped");
        let lines = BufReader::new(stdout).lines();
        Ok(Self { child, lines })
    }

    /// Returns the next line that contains `text`.
    ///
    /// # Errors
    ///
    /// Returns an error if the program ends without such a line.
    pub(crate) async fn line(&mut self, part: &str) -> io::Result<String> {
        while let Some(line) = self.lines.next_line().await? {
            if line.contains(part) {
                return Ok(line);
            }
        }
        Err(io::Error::other(format!(
            "a program ended without {part:?}"
        )))
    }

    /// Sends a signal, for example `KILL` or `INT`.
    ///
    /// # Errors
    ///
    /// Returns an error if the program has ended.
    pub(crate) async fn signal(&self, name: &str) -> io::Result<()> {
        let id = self.child.id().unwrap_or_default().to_string();
        let status = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .await?;
        if status.success() {
            Ok(())
        } else {
            Err(io::Error::other("a program is gone already"))
        }
    }

    /// Waits until the program ends, and returns the rest of its lines.
    ///
    /// # Errors
    ///
    /// Returns an error if the program fails.
    pub(crate) async fn end(mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        while let Some(line) = self.lines.next_line().await? {
            lines.push(line);
        }
        let status = self.child.wait().await?;
        if status.success() {
            Ok(lines)
        } else {
            Err(io::Error::other(format!("a program ended with {status}")))
        }
    }
}

/// A NATS server that stores messages in a temporary directory. Dropping it kills the server and removes the directory.
#[derive(Debug)]
pub(crate) struct Server {
    process: Process,
    store: PathBuf,
    address: String,
}

impl Server {
    /// Starts a server on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not installed or does not start.
    pub(crate) async fn start() -> io::Result<Self> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("rejoin-cluster-{}-{}", id(), COUNT.fetch_add(1, Relaxed));
        let store = env::temp_dir().join(name);
        let (process, address) = nats_server(&store, "-1").await?;
        Ok(Self {
            process,
            store,
            address,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Kills the server, and starts it again with the same directory and port after a while.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not start.
    pub(crate) async fn restart(&mut self, pause: Duration) -> io::Result<()> {
        self.process.signal("KILL").await?;
        self.process.child.wait().await?;
        sleep(pause).await;
        let port = self.address.rsplit(':').next().unwrap_or_default();
        (self.process, _) = nats_server(&self.store, port).await?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The files that the server writes meanwhile stay behind.
        let _ = self.process.child.start_kill();
        let _ = fs::remove_dir_all(&self.store);
    }
}

/// Starts a server, and returns it with its address.
async fn nats_server(store: &Path, port: &str) -> io::Result<(Process, String)> {
    let mut command = Command::new("nats-server");
    command.args([
        "--addr",
        "127.0.0.1",
        "--port",
        port,
        "--log",
        "/dev/stdout",
    ]);
    command.args(["--jetstream", "--store_dir"]).arg(store);
    let mut process = Process::start(&mut command).map_err(|error| {
        let hint = "install it (apt-get install nats-server, or https://nats.io/download)";
        io::Error::new(error.kind(), format!("nats-server: {error}; {hint}"))
    })?;
    let line = process.line("Listening for client connections on ").await?;
    process.line("Server is ready").await?;
    let (_, address) = line
        .rsplit_once(' ')
        .expect("the line ends with an address");
    Ok((process, address.to_owned()))
}
