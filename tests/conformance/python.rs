//! The other side: programs on asyncio, by a process that answers a line with a line.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::Value;

use crate::outcome::Outcome;

/// A running `python3`.
pub struct Python {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Python {
    /// Starts it, if there is one.
    pub fn start() -> Option<Self> {
        let mut process = Command::new("python3")
            .arg("-B")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/runner"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        Some(Self {
            input: process.stdin.take()?,
            output: BufReader::new(process.stdout.take()?),
            process,
        })
    }

    /// Runs a program.
    pub fn run(&mut self, program: &Value) -> Outcome {
        let mut line = String::new();
        writeln!(self.input, "{program}").expect("the runner reads");
        self.output
            .read_line(&mut line)
            .expect("the runner answers");
        serde_json::from_str(&line).map_or(Outcome::Broken(line), |json| Outcome::parse(&json))
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // Whether it has ended already does not matter.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
