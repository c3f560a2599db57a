//! What there is to draw of a scene.

use crate::record::{Event, What};
use crate::scenes::{CALLER, JOBS, Scene};

/// What there is to draw of a scene. Times are in milliseconds.
pub struct Chart {
    name: &'static str,
    pub title: &'static str,
    pub call: &'static str,
    pub notes: &'static [&'static str],
    /// One for each job.
    pub lanes: Vec<Lane>,
    /// What the caller does, under the name of the result that it has to do with.
    pub spans: Vec<(&'static str, u64, u64)>,
    /// Whether the jobs rest meanwhile.
    pub rests: bool,
    /// When the call returns.
    pub returns: Vec<u64>,
}

/// What there is to draw of a job.
pub struct Lane {
    pub name: &'static str,
    pub start: u64,
    pub polls: Vec<u64>,
    /// When it began to tidy up.
    pub tidies: Option<u64>,
    pub end: u64,
    pub ending: Ending,
}

/// How a job ends.
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
            rests: returns.len() > 1,
            returns,
        }
    }

    /// The name of its picture.
    pub fn file(&self) -> String {
        format!("{}.svg", self.name)
    }

    /// When the call is over.
    pub fn end(&self) -> u64 {
        *self.returns.last().expect("every call returns")
    }

    /// Whether a job that has started and has not ended rests at this time.
    pub fn rests_at(&self, at: u64) -> bool {
        self.rests && (self.spans.iter()).any(|&(_, from, to)| (from..to).contains(&at))
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
            tidies: at(What::TidiesUp).first().copied(),
            end,
            ending,
        }
    }
}

/// When this happened to somebody.
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
