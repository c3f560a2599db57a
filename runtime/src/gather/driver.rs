//! A poll of a gather, and its end.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{
    dependencies::Dependencies,
    early_end::EndSource,
    limit::Limited,
    node::{Branches, Kind, Node},
    turn::{FEW, Rest, Tally, Turn, Walk},
};
use crate::{
    panics::Panics,
    set::{First, LentWakers, StaticWakers},
    trace,
};

/// How a gather ended.
pub(super) enum End<E, X> {
    /// All branches are done.
    Complete,
    /// A branch failed. There are no futures and no results any more.
    Failed(E),
    /// The deadline passed, or `until` completed. There are no futures any more, and results only if the call keeps them.
    Early(X),
}

impl<E, X> End<E, X> {
    /// Returns the outcome that is recorded in the call's span.
    pub(super) fn outcome<S: EndSource<End = X>>(&self) -> trace::End {
        match self {
            Self::Complete => trace::End::Ok,
            Self::Failed(_) => trace::End::Error,
            Self::Early(end) => S::outcome(end),
        }
    }
}

/// Holds futures and results.
trait Hold {
    /// Drops what `branch` has of this kind.
    fn clear(&mut self, branch: usize, kind: Kind);
}

impl<N: Branches> Hold for Pin<&mut N> {
    fn clear(&mut self, branch: usize, kind: Kind) {
        self.as_mut().clear(branch, kind);
    }
}

/// Abandons the gather when a branch or `until` panics.
struct Guard<'a, N: Branches, S: EndSource> {
    node: Pin<&'a mut N>,
    wakes: &'a mut StaticWakers,
    source: Option<Pin<&'a mut S>>,
}

impl<N: Branches, S: EndSource> Drop for Guard<'_, N, S> {
    fn drop(&mut self) {
        abandon(self.node.as_mut(), self.wakes);
        if let (true, Some(source)) = (S::HAS_FUTURE, &mut self.source) {
            source.as_mut().discard();
        }
    }
}

/// Polls the branches of `node` that are to be polled.
#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "it is called once for each type, and then knows whether there is a limit"
)]
pub(super) fn poll<N: Node<V, E>, V, E, S: EndSource>(
    mut node: Pin<&mut N>,
    wakes: &mut StaticWakers,
    (limit, dependencies): (Option<&mut Limited>, Option<&mut Dependencies>),
    mut source: Option<Pin<&mut S>>,
    keeps_results: bool,
    cx: &mut Context<'_>,
) -> Poll<End<E, S::End>> {
    let is_first = wakes.is_unpolled();
    let closing = source
        .as_mut()
        .and_then(|source| source.as_mut().begin_turn(is_first));
    let mut guard = Guard {
        node: node.as_mut(),
        wakes: &mut *wakes,
        source: source.as_mut().map(Pin::as_mut),
    };
    let has_wakers = N::BRANCHES > FEW;
    let mut first = (has_wakers && is_first).then(|| First::new(N::BRANCHES, cx.waker()));
    let (shared, slot) = match &first {
        Some(first) => first.lend(),
        None => (LentWakers::of(cx.waker()), None),
    };
    let (live, start) = guard.wakes.counted(N::BRANCHES);
    let tally = Tally {
        live,
        yielded: false,
        next_start: 0,
    };
    let mut turn = Turn::new(Walk::all(N::BRANCHES), shared, slot, tally, limit, closing);
    // Most turns have one walk, which is known here where it is over all branches or to one that was woken alone. All other walks are found by
    // code that is compiled once for all calls. A branch that is the only one takes permits by itself, and has its turn whatever the last one
    // ended with.
    let is_only = N::BRANCHES == 1;
    let is_plain = (is_only || turn.limit.is_none()) && closing.is_none();
    let is_over_all = is_plain && (is_only || start == 0 && (is_first || !has_wakers));
    let only_woken = if is_plain && has_wakers && !is_first {
        guard.wakes.take_first_woken(cx.waker())
    } else {
        None
    };
    let is_only_woken = only_woken.is_some();
    let mut has_walk = true;
    // In most calls of one branch this is never set, so the compiler leaves out the code for other walks.
    let mut has_rest = !is_only;
    let mut rest = None;
    if let Some((branch, live)) = only_woken {
        turn.tally.live = live;
        turn.begin_walk(Walk::only(branch, guard.wakes.wakers(branch)));
    } else if !is_over_all {
        let starts = (turn.limit.as_deref(), dependencies);
        let is_closing = closing.is_some();
        let (walks, tally) = Rest::begin(N::BRANCHES, guard.wakes, cx.waker(), is_closing, starts);
        turn.tally = tally;
        let walks = rest.insert(walks);
        if N::HAS_STREAMS {
            walks.visit_streams();
        }
        has_walk = turn.walk_next(walks);
        has_rest = true;
    } else if !turn.is_last_walk() {
        rest = Some(Rest::new(N::BRANCHES));
        has_rest = true;
    }
    let mut result = Ok(());
    while has_walk {
        let first = turn.first(N::BRANCHES);
        result = guard.node.as_mut().poll(first, &mut turn);
        has_walk = match &mut rest {
            Some(rest) if has_rest => {
                result.is_ok() && !turn.is_last_walk() && turn.walk_next(rest)
            }
            _ => false,
        };
    }
    let left = turn.tally;
    if is_only_woken {
        guard.wakes.set_static_state(left.live, left.next_start);
    } else if let (true, Some(rest)) = (has_rest, &mut rest) {
        rest.end(left);
    }
    mem::forget(guard);
    if result.is_ok() && left.live == 0 {
        wakes.close();
        discard(&mut source, &mut node, Panics::default()).resume();
        return Poll::Ready(End::Complete);
    }
    match &mut first {
        Some(first) => wakes.keep(first, left.live, left.next_start),
        None if has_wakers || left.live == 0 => {}
        None => wakes.count(left.live, left.next_start),
    }
    let end = match (result, &mut source) {
        (Err(error), _) => End::Failed(error),
        (Ok(()), None) => return Poll::Pending,
        (Ok(()), Some(source)) => {
            let end = poll_source(&mut node, wakes, source.as_mut(), left.yielded, cx);
            End::Early(ready!(end))
        }
    };
    let keeps_results = keeps_results && matches!(end, End::Early(_));
    let panics = end_early(&mut node, N::BRANCHES, wakes, keeps_results);
    let panics = discard(&mut source, &mut node, panics);
    if panics.is_some() {
        panics.resume_without(end);
    }
    Poll::Ready(end)
}

/// Polls the source of an early end. If the future of `until` panics, the gather is abandoned.
#[inline]
fn poll_source<N: Branches, S: EndSource>(
    node: &mut Pin<&mut N>,
    wakes: &mut StaticWakers,
    source: Pin<&mut S>,
    yielded: bool,
    cx: &mut Context<'_>,
) -> Poll<S::End> {
    if !S::HAS_FUTURE {
        return source.poll(yielded, cx);
    }
    let mut guard = Guard {
        node: node.as_mut(),
        wakes,
        source: Some(source),
    };
    let source = guard.source.as_mut();
    let end = source.map_or(Poll::Pending, |source| source.as_mut().poll(yielded, cx));
    mem::forget(guard);
    end
}

/// Drops the future of `until` after the branches. If that panics, also drops the results.
#[inline]
fn discard<N: Branches, S: EndSource>(
    source: &mut Option<Pin<&mut S>>,
    node: &mut Pin<&mut N>,
    mut panics: Panics,
) -> Panics {
    if let (true, Some(source)) = (S::HAS_FUTURE, source) {
        let had_panic = panics.is_some();
        panics.run(|| source.as_mut().discard());
        if !had_panic && panics.is_some() {
            for branch in 0..N::BRANCHES {
                panics.run(|| node.clear(branch, Kind::Result));
            }
        }
    }
    panics
}

/// Drops all futures and then all results. Later wakes have no effect.
#[inline]
pub(super) fn abandon<N: Branches>(mut node: Pin<&mut N>, wakes: &mut StaticWakers) {
    abandon_any(&mut node, N::BRANCHES, wakes);
}

#[cold]
#[inline(never)]
fn abandon_any(node: &mut dyn Hold, branches: usize, wakes: &mut StaticWakers) {
    end_early(node, branches, wakes, false).resume();
}

/// Drops all futures, and then all results unless `keeps_results` is set. Later wakes have no effect.
#[cold]
#[inline(never)]
fn end_early(
    node: &mut dyn Hold,
    branches: usize,
    wakes: &mut StaticWakers,
    keeps_results: bool,
) -> Panics {
    wakes.close();
    let mut panics = Panics::default();
    for kind in [Kind::Future, Kind::Result] {
        if kind == Kind::Result && keeps_results && !panics.is_some() {
            break;
        }
        for branch in 0..branches {
            panics.run(|| node.clear(branch, kind));
        }
    }
    panics
}
