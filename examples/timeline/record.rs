//! Records when a future is polled, waits and ends.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::time::Instant;

/// An event of a job or of the caller, with its time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub at: u64,
    pub who: &'static str,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A job is polled for the first time.
    Starts,
    /// It is polled again.
    Polled,
    /// It returned `Pending`; something will wake it.
    Waits,
    /// It was cancelled, and cleans up.
    CleansUp,
    /// It returned a value.
    Done,
    /// It returned an error.
    Failed,
    /// It was dropped before its end.
    Cancelled,
    /// The caller begins to handle a result.
    Begins,
    /// The caller has handled it.
    Ends,
    /// The call returns to its caller.
    Returns,
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            What::Starts => "starts",
            What::Polled => "is polled",
            What::Waits => "waits",
            What::CleansUp => "cleans up",
            What::Done => "is done",
            What::Failed => "fails",
            What::Cancelled => "is cancelled",
            What::Begins => "begins",
            What::Ends => "ends",
            What::Returns => "returns",
        };
        write!(f, "{:>5} {} {what}", self.at, self.who)
    }
}

/// The events of one scene. Clones share them.
#[derive(Debug, Clone)]
pub struct Record {
    start: Instant,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Record {
    pub fn begin() -> Self {
        Self {
            start: Instant::now(),
            events: Arc::default(),
        }
    }

    pub fn note(&self, who: &'static str, what: What) {
        let at = self.start.elapsed().as_millis();
        let at = u64::try_from(at).expect("a scene is short");
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(Event { at, who, what });
    }

    /// Records the events of a job from now on.
    pub fn watch<F: Future>(&self, who: &'static str, job: F) -> Watched<F> {
        Watched {
            record: self.clone(),
            who,
            job: Box::pin(job),
            stage: Stage::New,
        }
    }

    pub fn events(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.clone()
    }
}

/// A job whose events are recorded.
pub struct Watched<F> {
    record: Record,
    who: &'static str,
    job: Pin<Box<F>>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    Over,
}

impl<T, E, F: Future<Output = Result<T, E>>> Future for Watched<F> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let begins = match self.stage {
            Stage::New => What::Starts,
            Stage::Running | Stage::Over => What::Polled,
        };
        self.record.note(self.who, begins);
        self.stage = Stage::Running;
        let poll = self.job.as_mut().poll(cx);
        let ends = match &poll {
            Poll::Pending => What::Waits,
            Poll::Ready(Ok(_)) => What::Done,
            Poll::Ready(Err(_)) => What::Failed,
        };
        self.record.note(self.who, ends);
        if poll.is_ready() {
            self.stage = Stage::Over;
        }
        poll
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if self.stage == Stage::Running {
            self.record.note(self.who, What::Cancelled);
        }
    }
}
