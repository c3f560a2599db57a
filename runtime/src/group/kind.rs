//! Which mode a call's group has, and how the errors of a failing one are seen as [`Error`]s, found out by method probing.
//!
//! `errors(x.0).rejoin_error().rejoin_pointer()`: an inherent method is taken where its bounds hold, and else that of a
//! trait, which goes on to the next.

#![allow(
    clippy::must_use_candidate,
    clippy::unused_self,
    reason = "what is called on an expansion's values decides"
)]

use std::{error::Error, marker::PhantomData, ops::Deref, sync::Arc};

use super::mode::{Errors, GroupMode};
use crate::{
    error::Source,
    mode::{Failing, Plain},
};

/// The mode of a group.
pub struct Kind<M: GroupMode>(pub(super) M::Errors);

/// A group that cannot fail.
pub const fn plain() -> Kind<Plain> {
    Kind(())
}

/// A group that fails with an `E`.
pub const fn failing<E>() -> Probe<E> {
    Probe(PhantomData)
}

fn kind<E>(source: Source<E>) -> Kind<Failing<E>> {
    Kind(Arc::new(Errors::new(source)))
}

impl<M: GroupMode> Kind<M> {
    /// It is known how.
    pub fn rejoin_pointer(self) -> Self {
        self
    }
}

/// Is `E` an error?
pub struct Probe<E>(PhantomData<fn() -> E>);

impl<E: Error + 'static> Probe<E> {
    /// It is.
    pub fn rejoin_error(self) -> Kind<Failing<E>> {
        kind(Some(|error| error))
    }
}

/// `E` is no error.
pub trait NoError<E> {
    /// Goes on.
    fn rejoin_error(self) -> ProbePointer<E>;
}

impl<E> NoError<E> for Probe<E> {
    fn rejoin_error(self) -> ProbePointer<E> {
        ProbePointer(PhantomData)
    }
}

/// Does `E` lead to an error, as a `Box<dyn Error>` does?
pub struct ProbePointer<E>(PhantomData<fn() -> E>);

impl<E: Deref<Target: AsError>> ProbePointer<E> {
    /// It does.
    pub fn rejoin_pointer(self) -> Kind<Failing<E>> {
        kind(Some(|error| E::deref(error).as_error()))
    }
}

/// `E` leads to no error.
pub trait NoPointer<E> {
    /// Gives up.
    fn rejoin_pointer(self) -> Kind<Failing<E>>;
}

impl<E> NoPointer<E> for ProbePointer<E> {
    fn rejoin_pointer(self) -> Kind<Failing<E>> {
        kind(None)
    }
}

/// What can be seen as an error.
pub trait AsError {
    /// Sees it so.
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
