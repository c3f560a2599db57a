//! Branches in a call with `each_timeout`: each has a deadline of its own.

use std::{future::Future, sync::Arc, time::Duration};

use super::{Fut, Futs, Open, OutputOf};
use crate::{
    supply::Make,
    timeout::{Deadlines, EachTimeout, Late, SpreadTimeout, Timeout},
};

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

/// Makes what `M` makes, with a deadline, or with one for each future.
pub struct Timed<M, L> {
    make: M,
    timeout: Timeout,
    late: L,
}

impl<M: Make<F>, F, L> Make<EachTimeout<F, L>> for Timed<M, L> {
    fn make(self) -> EachTimeout<F, L> {
        EachTimeout::new(self.make.make(), self.timeout, self.late)
    }
}

impl<M: Make<I>, I, L> Make<TimeEach<I, L>> for Timed<M, L> {
    fn make(self) -> TimeEach<I, L> {
        TimeEach {
            futures: self.make.make(),
            deadlines: Deadlines::new(self.timeout),
            late: self.late,
        }
    }
}

/// A branch with a deadline.
type TimedFut<M, F, L, O> = Fut<Timed<M, L>, EachTimeout<F, L>, <L as Late<O>>::Output>;

/// A spread whose branches have deadlines.
type TimedFuts<M, I, S, L> = Futs<Timed<M, L>, TimeEach<I, L>, S>;

impl<M, F, O> Fut<M, F, O> {
    #[track_caller]
    pub fn rejoin_each<L: Late<O>>(self, after: Duration, late: L) -> TimedFut<M, F, L, O> {
        Fut::new(Timed {
            make: self.0,
            timeout: each_timeout(after),
            late,
        })
    }
}

impl<M, I: Iterator<Item: Future>, S> Futs<M, I, S> {
    #[track_caller]
    pub fn rejoin_each<L: Late<OutputOf<I>>>(
        self,
        after: Duration,
        late: L,
    ) -> TimedFuts<M, I, S, L> {
        Futs::new(Timed {
            make: self.0,
            timeout: each_timeout(after),
            late,
        })
    }
}

impl<M, F, O> Open<Fut<M, F, O>> {
    #[track_caller]
    pub fn rejoin_each<L: Late<O>>(self, after: Duration, late: L) -> TimedFut<M, F, L, O> {
        self.0.rejoin_each(after, late)
    }
}

impl<M, I: Iterator<Item: Future>, S> Open<Futs<M, I, S>> {
    #[track_caller]
    pub fn rejoin_each<L: Late<OutputOf<I>>>(
        self,
        after: Duration,
        late: L,
    ) -> TimedFuts<M, I, S, L> {
        self.0.rejoin_each(after, late)
    }
}
