//! Polling a set, and filling it from the source of its call.

use std::{
    future::Future,
    mem,
    ops::ControlFlow,
    task::{Context, Poll},
};

use super::{Entry, Inner, Pending, results::Results};
use crate::{
    completion::Take,
    panics::Panics,
    set::{self, Progress},
    supply::{self, Exhausted, Supply},
};

impl<F: Future> Pending<F> {
    /// Polls the futures that were woken, and then starts new futures as the limit allows, first from the set and then from
    /// `source`. Each output is shown to `inspect` and put into the queue of results. The poll ends after the first
    /// output if `take` says so, and after an output for which `inspect` returns `Break`.
    ///
    /// If anything panics, the futures, the results and the source are dropped.
    pub(crate) fn poll_branches<I: Supply<Entry<F>>>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Option<I>,
        limit: Option<usize>,
        take: Take,
        inspect: impl FnMut(&F::Output) -> ControlFlow<()>,
    ) -> Progress {
        self.poll_keeping(cx, source, limit, KeepAll { take, inspect })
    }

    /// Polls as [`poll_branches`](Self::poll_branches) does, and passes each output to `kept`.
    #[inline]
    pub(crate) fn poll_keeping<I: Supply<Entry<F>>>(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut Option<I>,
        limit: Option<usize>,
        mut kept: impl Keep<F::Output>,
    ) -> Progress {
        assert!(
            !self.0.broken,
            "a set was polled after a panic of a future in it"
        );
        let guard = ClearOnPanic {
            pending: self,
            source,
        };
        let (pending, source) = (&mut *guard.pending, &mut *guard.source);
        // The iterator may spawn tasks, which run from the moment they are taken: free slots are filled before a result
        // ends this poll.
        let left = kept.permits_of(limit);
        let free = pending.may_start(left);
        pending.draw(source, free, cx);
        let permits = pending.permits(left);
        let Inner { set, results, .. } = &mut **pending.0;
        let expected = set.len();
        let mut progress = set.poll(cx, permits, keep(results, expected, &mut kept));
        while !matches!(progress, Progress::Stopped(())) && source.is_some() {
            let left = kept.permits_of(limit);
            if pending.free(left) > 0 && pending.0.set.is_turn_full() {
                progress = Progress::Yielded;
                break;
            }
            let free = pending.may_start(left);
            if !pending.draw(source, free, cx) {
                break;
            }
            let permits = pending.permits(left);
            let Inner { set, results, .. } = &mut **pending.0;
            let expected = set.len();
            match set.poll_unpolled(cx, permits, keep(results, expected, &mut kept)) {
                Progress::Done => {}
                other => progress = other,
            }
        }
        let progress = pending.0.set.yielding(cx, progress);
        mem::forget(guard);
        progress
    }

    /// Calls `inspect` with each output that was not handed out, in completion order. If it panics, the futures and the
    /// results are dropped.
    pub(crate) fn inspect_ready(&mut self, inspect: impl FnMut(&F::Output)) {
        if self.ready() > 0 {
            let guard = ClearOnPanic {
                pending: self,
                source: &mut None::<Exhausted>,
            };
            let results = guard.pending.0.results.iter();
            results.map(|(_, output)| output).for_each(inspect);
            mem::forget(guard);
        }
    }

    /// Returns the number of futures that may be taken from the source now.
    fn may_start(&self, limit: Option<usize>) -> usize {
        let set = &self.0.set;
        let budget = set::POLL_BUDGET_WITH_STARTS.saturating_sub(set.unpolled());
        self.free(limit).min(budget).min(set.may_start())
    }

    /// Takes at most `most` futures from the source. Returns whether it took any.
    fn draw<I: Supply<Entry<F>>>(
        &mut self,
        source: &mut Option<I>,
        most: usize,
        cx: &mut Context<'_>,
    ) -> bool {
        for n in 0..most {
            let Poll::Ready(Some(entry)) = supply::draw(source, cx) else {
                return n > 0;
            };
            self.add(entry);
        }
        most > 0
    }
}

/// Stores the outputs of a poll.
pub(crate) trait Keep<T> {
    /// Stores an output in `results` or elsewhere. About `expected` outputs come in all. `Break` ends the poll.
    fn keep(
        &mut self,
        results: &mut Results<T>,
        index: usize,
        output: T,
        expected: usize,
    ) -> ControlFlow<()>;

    /// Subtracts the permits that outputs hold which are stored elsewhere from a limit.
    #[inline]
    fn permits_of(&self, limit: Option<usize>) -> Option<usize> {
        limit
    }
}

/// Shows each output to `inspect` and puts it into the queue of results.
struct KeepAll<I> {
    take: Take,
    inspect: I,
}

impl<T, I: FnMut(&T) -> ControlFlow<()>> Keep<T> for KeepAll<I> {
    #[inline]
    fn keep(
        &mut self,
        results: &mut Results<T>,
        index: usize,
        output: T,
        expected: usize,
    ) -> ControlFlow<()> {
        let flow = (self.inspect)(&output);
        results.push(index, output, expected);
        match self.take {
            Take::One => ControlFlow::Break(()),
            Take::All => flow,
        }
    }
}

/// Returns a closure that passes each output to `kept`.
#[inline]
fn keep<T>(
    results: &mut Results<T>,
    expected: usize,
    kept: &mut impl Keep<T>,
) -> impl FnMut(usize, T) -> ControlFlow<()> {
    move |index, output| kept.keep(results, index, output, expected)
}

/// Drops the futures, the results and the source when a future panics.
struct ClearOnPanic<'a, F: Future, I> {
    pending: &'a mut Pending<F>,
    source: &'a mut Option<I>,
}

impl<F: Future, I> Drop for ClearOnPanic<'_, F, I> {
    fn drop(&mut self) {
        self.pending.0.broken = true;
        let mut panics = Panics::default();
        self.pending.0.clear(&mut panics);
        panics.drop(self.source.take());
        panics.resume();
    }
}
