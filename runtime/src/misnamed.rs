//! Methods with the names that other libraries use. A call is a compile error that names the method of this library.
//!
//! The bounds never hold. They are on `Self`, because the compiler then points at the method's name.

use std::future::Ready;

use crate::{Child, GroupHandle, Task, TaskGroup, group::GroupMode, hint};

impl<R, M: GroupMode> TaskGroup<'_, R, M> {
    #[doc(hidden)]
    pub fn create_task<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::OtherSpawnMethod,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn start_soon<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::OtherSpawnMethod,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn cancel(&self)
    where
        Self: hint::OtherStopMethod,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn join_next<O>(&self) -> Ready<Option<O>>
    where
        Self: hint::JoinNextMethod,
    {
        unreachable!()
    }
}

impl<R, M: GroupMode> GroupHandle<R, M> {
    #[doc(hidden)]
    pub fn create_task<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::OtherSpawnMethod,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn start_soon<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::OtherSpawnMethod,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn cancel(&self)
    where
        Self: hint::OtherStopMethod,
    {
        unreachable!()
    }
}

impl<T> Task<T> {
    #[doc(hidden)]
    pub fn abort(&self)
    where
        Self: hint::AbortMethod,
    {
        unreachable!()
    }
}

impl<T> Child<T> {
    #[doc(hidden)]
    pub fn abort(&self)
    where
        Self: hint::AbortMethod,
    {
        unreachable!()
    }
}
