//! Other programs: the server and the workers.

use std::io;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

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

    /// Starts a NATS server on a free port of this machine, and returns it with its address.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not installed or does not start.
    pub(crate) async fn server() -> io::Result<(Self, String)> {
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--port", "-1"]);
        let mut server = Self::start(command.args(["--log", "/dev/stdout"])).map_err(|error| {
            let hint = "install it (apt-get install nats-server, or https://nats.io/download)";
            io::Error::new(error.kind(), format!("nats-server: {error}; {hint}"))
        })?;
        let line = server.line("Listening for client connections on ").await?;
        let (_, address) = line.rsplit_once(' ').expect("there is one, as asked for");
        Ok((server, format!("nats://{address}")))
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
