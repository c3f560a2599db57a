//! Branches in a call with `stagger`.

use std::{
    future::Future,
    marker::PhantomData,
    sync::Arc,
    task::{Context, Poll},
};

use super::argument::{BranchFuture, SpreadFutures, Undetermined};
use crate::{
    gather::Fallible,
    supply::{FutureStream, Make},
    timeout::{OnFailure, OnTime, Stagger, Staggered},
};

/// An iterator or a stream of branches that start one after another.
pub struct StaggerEach<I, R> {
    futures: I,
    stagger: Arc<Stagger>,
    rule: PhantomData<fn() -> R>,
}

impl<I: Iterator, R> Iterator for StaggerEach<I, R> {
    type Item = Staggered<I::Item, R>;

    fn next(&mut self) -> Option<Self::Item> {
        let future = self.futures.next()?;
        Some(Staggered::new(future, &self.stagger))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

impl<I: FutureStream, R> FutureStream for StaggerEach<I, R> {
    type Item = Staggered<I::Item, R>;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.futures.poll_next(cx);
        next.map(|future| future.map(|future| Staggered::new(future, &self.stagger)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.futures.size_hint()
    }
}

/// Makes the future, the iterator or the stream that `M` makes, and lets each future wait for its start.
pub struct MakeStaggered<M, R> {
    make: M,
    stagger: Arc<Stagger>,
    rule: PhantomData<fn() -> R>,
}

impl<M, R> MakeStaggered<M, R> {
    fn new(make: M, stagger: &Arc<Stagger>) -> Self {
        Self {
            make,
            stagger: Arc::clone(stagger),
            rule: PhantomData,
        }
    }
}

impl<M: Make<F>, F, R> Make<Staggered<F, R>> for MakeStaggered<M, R> {
    fn make(self) -> Staggered<F, R> {
        Staggered::new(self.make.make(), &self.stagger)
    }
}

impl<M: Make<I>, I, R> Make<StaggerEach<I, R>> for MakeStaggered<M, R> {
    fn make(self) -> StaggerEach<I, R> {
        StaggerEach {
            futures: self.make.make(),
            stagger: self.stagger,
            rule: PhantomData,
        }
    }
}

/// A branch that waits for its start.
type StaggeredFuture<M, F, O, Q, R> = BranchFuture<MakeStaggered<M, R>, Staggered<F, R>, O, Q>;

/// A spread of branches that wait for their starts.
type StaggeredFutures<M, I, F, O, S, Q, D, R> =
    SpreadFutures<MakeStaggered<M, R>, StaggerEach<I, R>, Staggered<F, R>, O, S, Q, D>;

// ---- can its start be delayed? -----------------------------------------------------------------------------------

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    pub fn rejoin_unstarted(self) -> Self {
        self
    }
}

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    pub fn rejoin_unstarted(self) -> Self {
        self
    }
}

// ---- the start ---------------------------------------------------------------------------------------------------

impl<M, F, O, Q> BranchFuture<M, F, O, Q> {
    pub fn rejoin_stagger(self, stagger: &Arc<Stagger>) -> StaggeredFuture<M, F, O, Q, OnTime> {
        BranchFuture::new(MakeStaggered::new(self.0, stagger))
    }
}

impl<M, I, F, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    pub fn rejoin_stagger(
        self,
        stagger: &Arc<Stagger>,
    ) -> StaggeredFutures<M, I, F, O, S, Q, D, OnTime> {
        SpreadFutures::new(MakeStaggered::new(self.0, stagger))
    }
}

impl<M, F, O, Q> Undetermined<BranchFuture<M, F, O, Q>> {
    pub fn rejoin_stagger(
        self,
        stagger: &Arc<Stagger>,
    ) -> Undetermined<StaggeredFuture<M, F, O, Q, OnTime>> {
        Undetermined(self.0.rejoin_stagger(stagger))
    }
}

impl<M, I, F, O, S, Q, D> Undetermined<SpreadFutures<M, I, F, O, S, Q, D>> {
    pub fn rejoin_stagger(
        self,
        stagger: &Arc<Stagger>,
    ) -> Undetermined<StaggeredFutures<M, I, F, O, S, Q, D, OnTime>> {
        Undetermined(self.0.rejoin_stagger(stagger))
    }
}

// ---- in a call that waits for successes --------------------------------------------------------------------------

impl<M, F: Future<Output: Fallible>, O, Q> BranchFuture<M, F, O, Q> {
    pub fn rejoin_stagger_attempts(
        self,
        stagger: &Arc<Stagger>,
    ) -> StaggeredFuture<M, F, O, Q, OnFailure> {
        BranchFuture::new(MakeStaggered::new(self.0, stagger))
    }
}

impl<M, I, F: Future<Output: Fallible>, O, S, Q, D> SpreadFutures<M, I, F, O, S, Q, D> {
    pub fn rejoin_stagger_attempts(
        self,
        stagger: &Arc<Stagger>,
    ) -> StaggeredFutures<M, I, F, O, S, Q, D, OnFailure> {
        SpreadFutures::new(MakeStaggered::new(self.0, stagger))
    }
}

/// A branch with an output that is no `Result`. A later step reports that.
pub trait NoAttempt: Sized {
    fn rejoin_stagger_attempts(self, _: &Arc<Stagger>) -> Self {
        self
    }
}

impl<M, F, O, Q> NoAttempt for BranchFuture<M, F, O, Q> {}

impl<M, I, F, O, S, Q, D> NoAttempt for SpreadFutures<M, I, F, O, S, Q, D> {}
