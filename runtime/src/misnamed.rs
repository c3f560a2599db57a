//! Methods under the names of other libraries. Each is a compile error that names the method to call instead.
//!
//! The bounds never hold. They are on `Self`, so that the compiler points at the method's name.

use std::future::Ready;

use crate::{Child, GroupHandle, Task, TaskGroup, group::GroupMode, hint};

impl<R, M: GroupMode> TaskGroup<'_, R, M> {
    #[doc(hidden)]
    pub fn create_task<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::Spawn,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn start_soon<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::Spawn,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn cancel(&self)
    where
        Self: hint::Stop,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn join_next<O>(&self) -> Ready<Option<O>>
    where
        Self: hint::Joins,
    {
        unreachable!()
    }
}

impl<R, M: GroupMode> GroupHandle<R, M> {
    #[doc(hidden)]
    pub fn create_task<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::Spawn,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn start_soon<F, O>(&self, _: F) -> Child<O>
    where
        Self: hint::Spawn,
    {
        unreachable!()
    }

    #[doc(hidden)]
    pub fn cancel(&self)
    where
        Self: hint::Stop,
    {
        unreachable!()
    }
}

impl<T> Task<T> {
    #[doc(hidden)]
    pub fn abort(&self)
    where
        Self: hint::Cancel,
    {
        unreachable!()
    }
}

impl<T> Child<T> {
    #[doc(hidden)]
    pub fn abort(&self)
    where
        Self: hint::Cancel,
    {
        unreachable!()
    }
}
