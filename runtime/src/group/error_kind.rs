//! The mode of a group, and how its errors are converted to [`Error`]s, both found by method probing.
//!
//! An expansion contains `errors(x.0).rejoin_error().rejoin_pointer()`. If the bounds of an inherent method hold, that is called;
//! otherwise the compiler takes the method of a trait, which goes on to the next probe.

#![allow(
    clippy::must_use_candidate,
    clippy::unused_self,
    reason = "the methods are called on values, because only the types of values are probed"
)]

use std::{error::Error, marker::PhantomData, ops::Deref, sync::Arc};

use super::mode::{Errors, GroupMode};
use crate::{
    error::AsDynError,
    mode::{Failing, Plain},
};

/// The mode of a group, with the empty collection of its errors.
pub struct ErrorKind<M: GroupMode>(pub(super) M::Errors);

/// Creates the mode of a group that cannot fail.
pub const fn plain() -> ErrorKind<Plain> {
    ErrorKind(())
}

/// Creates the first probe for a group that fails with an `E`.
pub const fn failing<E>() -> ErrorKindProbe<E> {
    ErrorKindProbe(PhantomData)
}

fn error_kind<E>(source: AsDynError<E>) -> ErrorKind<Failing<E>> {
    ErrorKind(Arc::new(Errors::new(source)))
}

impl<M: GroupMode> ErrorKind<M> {
    /// Keeps the mode, which an earlier probe has found.
    pub fn rejoin_pointer(self) -> Self {
        self
    }
}

/// Finds out whether `E` is an [`Error`].
pub struct ErrorKindProbe<E>(PhantomData<fn() -> E>);

impl<E: Error + 'static> ErrorKindProbe<E> {
    /// Creates the mode of a group that fails with an [`Error`].
    pub fn rejoin_error(self) -> ErrorKind<Failing<E>> {
        error_kind(Some(|error| error))
    }
}

/// Called if `E` is no [`Error`].
pub trait NoError<E> {
    /// Goes on to the next probe.
    fn rejoin_error(self) -> ErrorPointerProbe<E>;
}

impl<E> NoError<E> for ErrorKindProbe<E> {
    fn rejoin_error(self) -> ErrorPointerProbe<E> {
        ErrorPointerProbe(PhantomData)
    }
}

/// Finds out whether `E` is a pointer to an [`Error`], for example a `Box<dyn Error>`.
pub struct ErrorPointerProbe<E>(PhantomData<fn() -> E>);

impl<E: Deref<Target: AsError>> ErrorPointerProbe<E> {
    /// Creates the mode of a group that fails with a pointer to an [`Error`].
    pub fn rejoin_pointer(self) -> ErrorKind<Failing<E>> {
        error_kind(Some(|error| E::deref(error).as_error()))
    }
}

/// Called if `E` is no pointer to an [`Error`].
pub trait NoPointer<E> {
    /// Creates the mode of a group that fails with a value of another type.
    fn rejoin_pointer(self) -> ErrorKind<Failing<E>>;
}

impl<E> NoPointer<E> for ErrorPointerProbe<E> {
    fn rejoin_pointer(self) -> ErrorKind<Failing<E>> {
        error_kind(None)
    }
}

/// A type that can be converted to a `&dyn Error`.
pub trait AsError {
    /// Converts it.
    fn as_error(&self) -> &(dyn Error + 'static);
}

impl<T: Error + 'static> AsError for T {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsError for dyn Error {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsError for dyn Error + Send {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

impl AsError for dyn Error + Send + Sync {
    fn as_error(&self) -> &(dyn Error + 'static) {
        self
    }
}
