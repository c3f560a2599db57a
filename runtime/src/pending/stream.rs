//! A set as a stream of the outputs of its futures.

use std::{
    future::Future,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};

use super::Pending;
use crate::{
    completion::{self, Completions, Live, Take},
    end_policy::NoTimeout,
    set::{Close, Progress},
    supply::Exhausted,
};

impl<F: Future> Live for &mut Pending<F> {
    type Output = F::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        Pending::poll_branches(self, cx, &mut None::<Exhausted>, limit, take, |_| {
            ControlFlow::Continue(())
        })
    }

    fn len(&self) -> usize {
        Pending::len(self)
    }

    #[inline]
    fn ready(&self) -> usize {
        Pending::ready(self)
    }

    #[inline]
    fn pop(&mut self) -> Option<(usize, F::Output)> {
        Pending::pop(self)
    }

    #[inline]
    fn is_live(&self) -> bool {
        self.live() > 0
    }

    fn taken(&self) -> usize {
        Pending::taken(self)
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        Pending::close(self, close, limit);
    }

    #[inline]
    fn reopen(&mut self) {
        Pending::reopen(self);
    }

    #[inline]
    fn rest(&mut self) {
        Pending::reset_budget(self);
    }

    // A loop that borrows a set leaves its futures and results there.
    fn stop(&mut self, _: bool) {}
}

impl<F: Future> Completions for &mut Pending<F> {
    type Item = F::Output;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        completion::poll_next(self, &mut NoTimeout, None, cx, |(_, output)| output)
    }

    fn poll_on(&mut self, cx: &mut Context<'_>) {
        completion::poll_on(self, &mut NoTimeout, None, cx);
    }
}

impl<F: Future> Stream for Pending<F> {
    type Item = F::Output;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        Completions::poll_next(&mut &mut *self, cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<F: Future> FusedStream for Pending<F> {
    fn is_terminated(&self) -> bool {
        self.is_empty()
    }
}
