//! Branches in a call with `each_timeout`.

use std::{
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use super::argument::{BranchFuture, SpreadFutures, Undetermined};
use crate::{
    keyed::NoKey,
    supply::{FutureStream, Make},
    timeout::{EachTimeout, OnBranchTimeout, SharedDeadlines, SpreadTimeout, Timeout},
};

/// An iterator or a stream that adds the timeout to each of its futures. All of them share one timer.
pub struct TimeoutEach<I, L, O, Q = NoKey> {
    futures: I,
    deadlines: Arc<SharedDeadlines>,
    on_timeout: L,
    outputs: PhantomData<fn() -> (O, Q)>,
}

impl<I, L: Copy, O, Q> TimeoutEach<I, L, O, Q> {
    #[inline]
    fn wrap<F>(&self, future: F) -> SpreadTimeout<F, L, O, Q> {
        SpreadTimeout::new(future, &self.deadlines, self.on_timeout)
    }
}

impl<I: Iterator, L: Copy, O, Q> Iterator for TimeoutEach<I, L, O, Q> {
    type Item = SpreadTimeout<I::Item, L, O, Q>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(self.wrap(future))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

impl<I: FutureStream, L: Copy, O, Q> FutureStream for TimeoutEach<I, L, O, Q> {
    type Item = SpreadTimeout<I::Item, L, O, Q>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.futures.poll_next(cx);
        next.map(|future| future.map(|future| self.wrap(future)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

#[track_caller]
const fn each_timeout(after: Duration) -> Timeout {
    Timeout::new(after, "`each_timeout`")
}

/// Makes the future, the iterator or the stream that `M` makes, and adds the timeout to each future.
pub struct MakeTimed<M, L> {
    make: M,
    timeout: Timeout,
    on_timeout: L,
}

impl<M: Make<F>, F, L, O, Q> Make<EachTimeout<F, L, O, Q>> for MakeTimed<M, L> {
    fn make(self) -> EachTimeout<F, L, O, Q> {
        EachTimeout::new(self.make.make(), self.timeout, self.on_timeout)
    }
}

impl<M: Make<I>, I, L, O, Q> Make<TimeoutEach<I, L, O, Q>> for MakeTimed<M, L> {
    fn make(self) -> TimeoutEach<I, L, O, Q> {
        TimeoutEach {
            futures: self.make.make(),
            deadlines: SharedDeadlines::new(self.timeout),
            on_timeout: self.on_timeout,
            outputs: PhantomData,
        }
    }
}

/// A branch with a timeout.
type TimedFuture<M, F, L, O, Q> =
    BranchFuture<MakeTimed<M, L>, EachTimeout<F, L, O, Q>, <L as OnBranchTimeout<O>>::Output, Q>;

/// A spread of branches with timeouts.
type TimedFutures<M, I, F, O, S, Q, D, L> = SpreadFutures<
    MakeTimed<M, L>,
    TimeoutEach<I, L, O, Q>,
    SpreadTimeout<F, L, O, Q>,
    <L as OnBranchTimeout<O>>::Output,
    S,
    Q,
    D,
>;

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFuture<M, F, L, O, Q> {
        BranchFuture::new(MakeTimed {
            make: self.0,
            timeout: each_timeout(after),
            on_timeout,
        })
    }
}

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFutures<M, I, F, O, S, Q, D, L> {
        SpreadFutures::new(MakeTimed {
            make: self.0,
            timeout: each_timeout(after),
            on_timeout,
        })
    }
}

impl<M, F, O, Q> Undetermined<BranchFuture<M, F, O, Q>> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFuture<M, F, L, O, Q> {
        self.0.rejoin_each_timeout(after, on_timeout)
    }
}

impl<M, I, F, O, S, Q, D> Undetermined<SpreadFutures<M, I, F, O, S, Q, D>> {
    #[track_caller]
    pub fn rejoin_each_timeout<L: OnBranchTimeout<O>>(
        self,
        after: Duration,
        on_timeout: L,
    ) -> TimedFutures<M, I, F, O, S, Q, D, L> {
        self.0.rejoin_each_timeout(after, on_timeout)
    }
}
