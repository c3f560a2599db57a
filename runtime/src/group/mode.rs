//! What plain and failing groups do differently.

use std::{convert::Infallible, sync::Arc};

use super::sync::Lock;
use crate::{
    error::{Failures, Source},
    mode::{Failing, Mode, Plain},
};

/// What becomes of a group's errors.
pub trait GroupMode: Mode {
    /// Where they are collected.
    type Errors: Clone;
    /// What the group gives, if its value is an `R`.
    type End<R>;

    /// Splits what the body gives.
    fn split<R>(output: Self::Output<R>) -> Result<R, Self::Error>;

    /// Keeps an error.
    fn keep(errors: &Self::Errors, error: Self::Error);

    /// Takes out all errors, that of the body last, if there are any.
    fn failures(errors: &Self::Errors, body: Option<Self::Error>) -> Option<Failures<Self::Error>>;

    /// Wraps the end.
    fn end<R>(result: Result<R, Failures<Self::Error>>) -> Self::End<R>;
}

impl GroupMode for Plain {
    type Errors = ();
    type End<R> = R;

    fn split<R>(output: R) -> Result<R, Infallible> {
        Ok(output)
    }

    fn keep((): &(), error: Infallible) {
        match error {}
    }

    fn failures((): &(), _: Option<Infallible>) -> Option<Failures<Infallible>> {
        None
    }

    fn end<R>(result: Result<R, Failures<Infallible>>) -> R {
        match result {
            Ok(value) => value,
            Err(_) => unreachable!("nothing fails"),
        }
    }
}

/// The errors of a group.
pub struct Errors<E> {
    list: Lock<Vec<E>>,
    source: Source<E>,
}

impl<E> Errors<E> {
    pub(super) fn new(source: Source<E>) -> Self {
        Self {
            list: Lock::new(Vec::new()),
            source,
        }
    }
}

impl<E> GroupMode for Failing<E> {
    type Errors = Arc<Errors<E>>;
    type End<R> = Result<R, Failures<E>>;

    fn split<R>(output: Result<R, E>) -> Result<R, E> {
        output
    }

    fn keep(errors: &Arc<Errors<E>>, error: E) {
        errors.list.lock().push(error);
    }

    fn failures(errors: &Arc<Errors<E>>, body: Option<E>) -> Option<Failures<E>> {
        let mut all = std::mem::take(&mut *errors.list.lock());
        all.extend(body);
        Failures::new(all, errors.source)
    }

    fn end<R>(result: Result<R, Failures<E>>) -> Result<R, Failures<E>> {
        result
    }
}
