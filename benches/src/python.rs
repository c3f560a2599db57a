//! CPython, which runs `asyncio/programs.py` and reads commands line by line.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/asyncio/programs.py");

/// A process that runs programs on one event loop.
#[derive(Clone)]
pub(crate) struct Python {
    process: Rc<RefCell<Process>>,
}

struct Process {
    child: Child,
    /// `None` once the process has been asked to end.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts `python3` with the event loop of this name, and returns the version that it reports. Returns `None` if Python
    /// cannot be started, is too old, or has no such loop.
    pub(crate) fn start(event_loop: &str) -> Option<(Self, String)> {
        let mut child = Command::new("python3")
            .args([PROGRAMS, event_loop])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Without the loop it prints no version.
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take()?);
        let mut process = Process {
            child,
            orders,
            answers,
        };
        let version = process.answer()?;
        let process = Rc::new(RefCell::new(process));
        Some((Self { process }, version))
    }

    /// Runs `laps` laps of a program, and returns the time that they took.
    ///
    /// # Panics
    /// If the process does not answer.
    pub(crate) fn run(&self, program: &str, laps: u32) -> Duration {
        let mut process = self.process.borrow_mut();
        let orders = process.orders.as_mut().expect("it waits for orders");
        writeln!(orders, "{program} {laps}").expect("python3 still runs");
        let nanos = process.answer().and_then(|answer| answer.parse().ok());
        Duration::from_nanos(nanos.expect("python3 runs the program"))
    }
}

impl Process {
    /// Its next line, if there is one.
    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        let line = line.trim();
        (!line.is_empty()).then(|| line.to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It ends where its orders do.
        self.orders = None;
        if let Err(error) = self.child.wait() {
            eprintln!("python3 does not end: {error}");
        }
    }
}
