//! Values that several of these tests use: one that panics when it is dropped, and an error into which others convert.

use std::{
    num::ParseIntError,
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
};

use rejoin_tests::{Log, OnDrop};

/// Panics when it is dropped, after it has added to a log.
pub struct Bomb(Option<OnDrop>, pub &'static str);

impl Bomb {
    pub const fn new(message: &'static str) -> Self {
        Self(None, message)
    }

    pub fn logged(log: &Log, message: &'static str) -> Self {
        Self(Some(log.on_drop(message)), message)
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        drop(self.0.take());
        panic_any(self.1.to_owned());
    }
}

/// The message of a panic in a call.
pub fn panics(work: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    *payload.downcast::<String>().expect("a message")
}

/// An error into which two others convert.
#[derive(Debug, PartialEq)]
pub enum AppError {
    Parse(ParseIntError),
    Word(&'static str),
}

impl From<ParseIntError> for AppError {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl From<&'static str> for AppError {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}
