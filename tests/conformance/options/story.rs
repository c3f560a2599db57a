//! A story: what happened in a call, as the model and the library report it.

use std::fmt;

use rejoin::{At, Stopped, TimedOut, TooFew};

/// What happened.
#[derive(Default)]
pub struct Story {
    /// When each leaf was started, when it ended, and how. `None` if it was not started.
    pub leaves: Vec<Option<Trace>>,
    /// When the call ended.
    pub end: u64,
    pub result: String,
    /// Items and results of waits, and when they came.
    pub notes: Vec<(u64, String)>,
}

/// What happened to a leaf.
#[derive(Clone, Copy)]
pub struct Trace {
    pub start: u64,
    pub end: u64,
    pub how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It succeeded or failed.
    Ended,
    Dropped,
}

/// For example `0..30 dropped; -; 10..20; =1,2 @30 (10 1:1)`.
impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for leaf in &self.leaves {
            match leaf {
                None => f.write_str("-; ")?,
                Some(Trace { start, end, how }) => {
                    let how = if *how == How::Dropped { " dropped" } else { "" };
                    write!(f, "{start}..{end}{how}; ")?;
                }
            }
        }
        write!(f, "={} @{}", self.result, self.end)?;
        for (at, note) in &self.notes {
            write!(f, " ({at} {note})")?;
        }
        Ok(())
    }
}

/// The error of a leaf, and of calls with an error type.
#[derive(Clone, Debug)]
pub enum Fail {
    Leaf(usize),
    Late,
    Stopped,
    TooFew(String),
}

impl From<TimedOut> for Fail {
    fn from(_: TimedOut) -> Self {
        Self::Late
    }
}

impl From<Stopped> for Fail {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<TooFew<Fail>> for Fail {
    fn from(error: TooFew<Fail>) -> Self {
        Self::TooFew(error.text())
    }
}

/// A deadline as stories show it.
pub const LATE: &str = "late";

/// A result as stories show it.
pub trait Text {
    fn text(&self) -> String;
}

impl Text for usize {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Text for Fail {
    fn text(&self) -> String {
        match self {
            Self::Leaf(number) => format!("e{number}"),
            Self::Late => LATE.to_owned(),
            Self::Stopped => Stopped.text(),
            Self::TooFew(text) => text.clone(),
        }
    }
}

impl Text for TimedOut {
    fn text(&self) -> String {
        LATE.to_owned()
    }
}

impl Text for Stopped {
    fn text(&self) -> String {
        "stopped".to_owned()
    }
}

impl<E: Text> Text for At<usize, E> {
    fn text(&self) -> String {
        format!("k{}/{}", self.key, self.error.text())
    }
}

impl<E: Text> Text for TooFew<E> {
    fn text(&self) -> String {
        let errors: Vec<_> = self.errors().iter().map(Text::text).collect();
        too_few(self.succeeded(), self.needed(), &errors)
    }
}

/// The text of a call that has not enough successes.
pub fn too_few(succeeded: usize, needed: usize, errors: &[String]) -> String {
    format!("{succeeded} of {needed}: {}", errors.join(","))
}

impl<T: Text> Text for (usize, T) {
    fn text(&self) -> String {
        format!("k{}/{}", self.0, self.1.text())
    }
}

impl<T: Text> Text for Option<T> {
    fn text(&self) -> String {
        self.as_ref().map_or_else(|| "_".to_owned(), Text::text)
    }
}

impl<T: Text> Text for [T] {
    fn text(&self) -> String {
        let texts: Vec<_> = self.iter().map(Text::text).collect();
        texts.join(",")
    }
}

impl<T: Text> Text for Vec<T> {
    fn text(&self) -> String {
        self.as_slice().text()
    }
}

impl<T: Text, const N: usize> Text for [T; N] {
    fn text(&self) -> String {
        self.as_slice().text()
    }
}

impl<T: Text> Text for (Vec<T>, Vec<T>) {
    fn text(&self) -> String {
        let all: Vec<_> = self.0.iter().chain(&self.1).map(Text::text).collect();
        all.join(",")
    }
}

impl<T: Text, E: Text> Text for Result<T, E> {
    fn text(&self) -> String {
        match self {
            Ok(value) => value.text(),
            Err(error) => format!("!{}", error.text()),
        }
    }
}
