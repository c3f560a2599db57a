//! Sets that take their futures from iterators and streams.

use std::{future::Future, ops::ControlFlow, task::Context};

use crate::{
    completion::{Live, Take},
    error::TimedOut,
    panics::Panics,
    pending::{Entry, Pending, Source, Sources},
    set::{self, Close, Progress},
    supply::{self, Drain, Supply},
};

/// A set, and what it is fed from: everything under a limit, otherwise streams.
pub struct Feed<F: Future, I, T = <F as Future>::Output> {
    pub(crate) pending: Pending<F, T>,
    pub(crate) source: Option<I>,
}

/// Feeds a set from `source`. Without a limit, everything but the futures of streams is in the set from the beginning.
pub(crate) fn feed<F: Future, P: Sources<F>, L: Drain>(
    mut source: Source<F, P>,
    limit: L,
) -> Feed<F, L::Left<P::All, P::Streams>>
where
    L::Left<P::All, P::Streams>: Supply<Entry<F>>,
{
    let mut pending = source.of.held().unwrap_or_default();
    pending.set_limit(None);
    let fill = |source: Source<F, P>| source.fill(&mut pending);
    let source = L::part(source, fill, |source| source.of.supply());
    if let (Some(limit), Some(later)) = (limit.limit(), &source) {
        // An iterator that may be endless, or is as good as that, says nothing of how much memory to ask for.
        let least = match later.left() {
            (least, Some(most)) if most <= set::LARGEST => least,
            _ => limit,
        };
        pending.expect(least.min(limit).max(set::FIRST.min(limit)));
    }
    Feed { pending, source }
}

impl<F: Future, I: Supply<Entry<F>>> Feed<F, I> {
    #[inline]
    pub(super) fn is_live(&self) -> bool {
        self.pending.live() > 0 || self.source.is_some()
    }

    /// Returns whether a future is not done, or the source may yield more.
    fn has_more(&self) -> bool {
        self.pending.live() > 0 || self.may_draw()
    }

    /// Returns whether the source may yield more futures.
    pub(crate) fn may_draw(&self) -> bool {
        let source = self.source.as_ref();
        source.is_some_and(|source| source.left().1 != Some(0))
    }

    /// Closes the set after a deadline, see [`Pending::close`].
    pub(crate) fn close(&mut self, close: Close, limit: Option<usize>) {
        if I::IS_STREAM && limit.is_none() {
            self.pending.close_with_streams(close);
        } else {
            self.pending.close(close, limit);
        }
    }

    /// Drops the futures that are not done. Indices continue from where they are.
    pub(super) fn abandon(&mut self) {
        let next = self.pending.next_index();
        let mut panics = Panics::default();
        self.pending.drop_futures(&mut panics);
        panics.drop(self.source.take());
        self.pending.skip_to(next);
        panics.resume();
    }

    /// Skips the index of the next push.
    pub(super) fn pass_index(&mut self) -> usize {
        let next = self.pending.next_index();
        self.pending.skip_to(next + 1);
        next
    }

    /// Returns the number of results that are still to come.
    pub(crate) fn size_hint(&self) -> (usize, Option<usize>) {
        let here = self.pending.len();
        supply::add((here, Some(here)), supply::left(self.source.as_ref()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty() && !self.may_draw()
    }
}

impl<F: Future, I: Supply<Entry<F>>> Live for &mut Feed<F, I> {
    type Output = F::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        (self.pending).poll_branches(cx, &mut self.source, limit, take, |_| {
            ControlFlow::Continue(())
        })
    }

    fn len(&self) -> usize {
        self.size_hint().0
    }

    #[inline]
    fn ready(&self) -> usize {
        self.pending.ready()
    }

    #[inline]
    fn pop(&mut self) -> Option<(usize, F::Output)> {
        self.pending.pop()
    }

    #[inline]
    fn is_live(&self) -> bool {
        Feed::is_live(self)
    }

    fn taken(&self) -> usize {
        self.pending.taken()
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        Feed::close(self, close, limit);
    }

    #[inline]
    fn reopen(&mut self) {
        self.pending.reopen();
    }

    #[inline]
    fn rest(&mut self) {
        self.pending.reset_budget();
    }

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        let more = self.has_more();
        self.abandon();
        more.then_some(late)
    }

    fn stop(&mut self, keeps_results: bool) {
        let mut panics = Panics::default();
        panics.run(|| self.abandon());
        if !keeps_results {
            while let Some((_, output)) = self.pending.pop() {
                panics.drop(output);
            }
        }
        panics.resume();
    }
}
