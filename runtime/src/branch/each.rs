//! Branches in a call with `each_timeout`: each has a deadline of its own.

use std::{future::Future, sync::Arc, time::Duration};

use super::{Fut, Futs, Open};
use crate::timeout::{Deadlines, EachTimeout, Late, SpreadTimeout, Timeout};

/// The deadlines of the futures of an iterator.
pub struct TimeEach<I, L> {
    futures: I,
    deadlines: Arc<Deadlines>,
    late: L,
}

impl<I: Iterator<Item: Future>, L: Copy> Iterator for TimeEach<I, L> {
    type Item = SpreadTimeout<I::Item, L>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(SpreadTimeout::new(future, &self.deadlines, self.late))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

#[track_caller]
const fn each_timeout(after: Duration) -> Timeout {
    Timeout::new(after, "`each_timeout`")
}

impl<F, O> Fut<F, O> {
    #[track_caller]
    pub fn rejoin_each<L: Late<O>>(
        self,
        after: Duration,
        late: L,
    ) -> Fut<EachTimeout<F, L>, L::Output> {
        Fut::new(EachTimeout::new(self.0, each_timeout(after), late))
    }
}

impl<I: Iterator<Item: Future>, S> Futs<I, S> {
    #[track_caller]
    pub fn rejoin_each<L: Late<<I::Item as Future>::Output>>(
        self,
        after: Duration,
        late: L,
    ) -> Futs<TimeEach<I, L>, S> {
        let futures = self.0;
        Futs::new(TimeEach {
            futures,
            deadlines: Deadlines::new(each_timeout(after)),
            late,
        })
    }
}

impl<F, O> Open<Fut<F, O>> {
    #[track_caller]
    pub fn rejoin_each<L: Late<O>>(
        self,
        after: Duration,
        late: L,
    ) -> Fut<EachTimeout<F, L>, L::Output> {
        self.0.rejoin_each(after, late)
    }
}

impl<I: Iterator<Item: Future>, S> Open<Futs<I, S>> {
    #[track_caller]
    pub fn rejoin_each<L: Late<<I::Item as Future>::Output>>(
        self,
        after: Duration,
        late: L,
    ) -> Futs<TimeEach<I, L>, S> {
        self.0.rejoin_each(after, late)
    }
}
