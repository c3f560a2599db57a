//! Branches in a call with `each_timeout`.

use std::{future::Future, sync::Arc, time::Duration};

use super::argument::{BranchFuture, OutputOf, SpreadFutures, Undetermined};
use crate::{
    supply::Make,
    timeout::{EachTimeout, OnBranchTimeout, SharedDeadlines, SpreadTimeout, Timeout},
};

/// An iterator that adds the timeout to each of its futures. All of them share one timer.
pub struct TimeoutEach<I, L> {
    futures: I,
    deadlines: Arc<SharedDeadlines>,
    on_timeout: L,
}

impl<I: Iterator<Item: Future>, L: Copy> Iterator for TimeoutEach<I, L> {
    type Item = SpreadTimeout<I::Item, L>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(SpreadTimeout::new(future, &self.deadlines, self.on_timeout))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

#[track_caller]
const fn each_timeout(after: Duration) -> Timeout {
    Timeout::new(after, "`each_timeout`")
}

/// Makes the future or the iterator that `M` makes, and adds the timeout to each future.
pub struct MakeTimed<M, L> {
    make: M,
    timeout: Timeout,
    on_timeout: L,
}

impl<M: Make<F>, F, L> Make<EachTimeout<F, L>> for MakeTimed<M, L> {
    fn make(self) -> EachTimeout<F, L> {
        EachTimeout::new(self.make.make(), self.timeout, self.on_timeout)
    }
}

impl<M: Make<I>, I, L> Make<TimeoutEach<I, L>> for MakeTimed<M, L> {
    fn make(self) -> TimeoutEach<I, L> {
        TimeoutEach {
            futures: self.make.make(),
            deadlines: SharedDeadlines::new(self.timeout),
            on_timeout: self.on_timeout,
        }
    }
}

/// A branch with a timeout.
type TimedFuture<M, F, L, O> =
    BranchFuture<MakeTimed<M, L>, EachTimeout<F, L>, <L as OnBranchTimeout<O>>::Output>;

/// A spread of branches with timeouts.
type TimedFutures<M, I, S, L> = SpreadFutures<MakeTimed<M, L>, TimeoutEach<I, L>, S>;

impl<M, F, O> BranchFuture<M, F, O> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFuture<M, F, L, O> {
        BranchFuture::new(MakeTimed {
            make: self.0,
            timeout: each_timeout(after),
            on_timeout,
        })
    }
}

impl<M, I: Iterator<Item: Future>, S> SpreadFutures<M, I, S> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<OutputOf<I>>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFutures<M, I, S, L> {
        SpreadFutures::new(MakeTimed {
            make: self.0,
            timeout: each_timeout(after),
            on_timeout,
        })
    }
}

impl<M, F, O> Undetermined<BranchFuture<M, F, O>> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFuture<M, F, L, O> {
        self.0.rejoin_each_timeout(after, on_timeout)
    }
}

impl<M, I: Iterator<Item: Future>, S> Undetermined<SpreadFutures<M, I, S>> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<OutputOf<I>>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFutures<M, I, S, L> {
        self.0.rejoin_each_timeout(after, on_timeout)
    }
}
