//! The parts of a scene that are drawn.

use crate::record::{Event, What};
use crate::scenes::{CALLER, JOBS, Scene};

/// A scene to draw. Times are in milliseconds.
pub struct Chart {
    name: &'static str,
    pub title: &'static str,
    pub call: &'static str,
    pub notes: &'static [&'static str],
    /// The lanes, one for each job.
    pub lanes: Vec<Lane>,
    /// The work of the caller, each with the name of the result that it handles.
    pub spans: Vec<(&'static str, u64, u64)>,
    /// Whether the jobs pause during that work.
    pub pauses: bool,
    /// The times at which the call returns.
    pub returns: Vec<u64>,
}

/// A job to draw.
pub struct Lane {
    pub name: &'static str,
    pub start: u64,
    pub polls: Vec<u64>,
    /// The time at which it began to clean up.
    pub cleans_up: Option<u64>,
    pub end: u64,
    pub ending: Ending,
}

/// The end of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    Failed,
    Cancelled,
}

impl Chart {
    pub fn new(scene: &Scene) -> Self {
        let returns = times(&scene.events, CALLER, What::Returns);
        Self {
            name: scene.name,
            title: scene.title,
            call: scene.call,
            notes: scene.notes,
            lanes: (JOBS.iter())
                .map(|(name, _)| Lane::new(name, &scene.events))
                .collect(),
            spans: spans(&scene.events),
            pauses: returns.len() > 1,
            returns,
        }
    }

    /// Returns the name of its picture.
    pub fn file(&self) -> String {
        format!("{}.svg", self.name)
    }

    /// Returns the time at which the call is over.
    pub fn end(&self) -> u64 {
        *self.returns.last().expect("every call returns")
    }

    /// Returns whether a running job is paused at this time.
    pub fn paused_at(&self, at: u64) -> bool {
        self.pauses && (self.spans.iter()).any(|&(_, from, to)| (from..to).contains(&at))
    }
}

impl Lane {
    fn new(name: &'static str, events: &[Event]) -> Self {
        let at = |what| times(events, name, what);
        let ends = [
            (What::Done, Ending::Done),
            (What::Failed, Ending::Failed),
            (What::Cancelled, Ending::Cancelled),
        ];
        let (end, ending) = (ends.into_iter())
            .find_map(|(what, ending)| Some((*at(what).first()?, ending)))
            .expect("every job ends");
        let start = at(What::Starts)[0];
        let mut polls = vec![start];
        polls.extend(at(What::Polled));
        Self {
            name,
            start,
            polls,
            cleans_up: at(What::CleansUp).first().copied(),
            end,
            ending,
        }
    }
}

/// Returns the times of an event of a job.
fn times(events: &[Event], who: &str, what: What) -> Vec<u64> {
    (events.iter())
        .filter(|event| event.who == who && event.what == what)
        .map(|event| event.at)
        .collect()
}

fn spans(events: &[Event]) -> Vec<(&'static str, u64, u64)> {
    (events.iter())
        .filter(|event| event.what == What::Begins)
        .map(|begin| {
            let end = times(events, begin.who, What::Ends)[0];
            (begin.who, begin.at, end)
        })
        .collect()
}
