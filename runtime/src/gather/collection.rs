//! Spreads: the futures of an iterator.

use std::{future::Future, marker::PhantomData, ops::ControlFlow, pin::Pin, task::Context};

use super::{
    limit::Limited,
    node::{Branches, Kind, Node, Partial},
    turn::Turn,
};
use crate::{
    mode::{Classify, Outcome},
    panics::Panics,
    set::{self, Close, Outlined, Outputs, Permits, Set},
    supply::{Drain, Make, Supply},
    trace::{self, BranchId, Watched},
};

/// The collection that the results of a spread become.
pub trait Shape {
    /// The collection.
    type Of<V>;

    /// The collection of these values.
    fn collect<V>(values: Vec<V>) -> Self::Of<V>;

    /// Fills up what an iterator that was yielded short did not give.
    fn pad<V>(_values: &mut Vec<Option<V>>) {}
}

/// `Vec<V>`, for any iterator.
pub enum IntoVec {}

impl Shape for IntoVec {
    type Of<V> = Vec<V>;

    fn collect<V>(values: Vec<V>) -> Vec<V> {
        values
    }
}

/// `[V; N]`, for arrays.
pub enum IntoArray<const N: usize> {}

impl<const N: usize> Shape for IntoArray<N> {
    type Of<V> = [V; N];

    fn collect<V>(values: Vec<V>) -> [V; N] {
        let Ok(values) = values.try_into() else {
            unreachable!("an array gives as many futures as it has")
        };
        values
    }

    fn pad<V>(values: &mut Vec<Option<V>>) {
        values.resize_with(N, || None);
    }
}

/// A spread: the rest of the iterator, the futures that it yielded, and their results.
pub struct Spread<I, F, V, K, S> {
    parts: Outlined<Parts<I, F, V, K>>,
    shape: PhantomData<fn() -> S>,
}

struct Parts<I, F, V, K> {
    source: Option<I>,
    set: Set<Watched!(F, K)>,
    outputs: Outputs<V>,
    ended: bool,
    kind: PhantomData<fn() -> K>,
}

// The set's futures are pinned where they are, not here.
impl<I, F, V, K, S> Unpin for Spread<I, F, V, K, S> {}

impl<I, F: Future, V, K: Classify<F::Output>, S> Spread<I, F, V, K, S> {
    /// A spread of the iterator that `make` makes, which is drained here where `D` says that it is drained at the call.
    pub(super) fn new<D: Drain<Left<N> = I>, N: Iterator<Item = F>>(make: impl Make<N>) -> Self {
        let mut this = Self {
            parts: Outlined::new(Parts {
                source: None,
                set: Set::new(),
                outputs: Outputs::new(),
                ended: false,
                kind: PhantomData,
            }),
            shape: PhantomData,
        };
        match D::part(make, Make::make) {
            Ok(now) => {
                let futures = now.make().collect();
                let branches = trace::branches::<_, K>(futures, BranchId::Element);
                this.parts.set.fill(branches);
            }
            Err(later) => this.parts.source = Some(later),
        }
        this
    }
}

impl<I, F, V, K> Parts<I, F, V, K>
where
    I: Supply<F>,
    F: Future,
    K: Classify<F::Output>,
{
    /// Polls the futures that were woken, then starts those that there are permits for. When the deadline has passed,
    /// `closing` says how the futures come to an end.
    fn turn<E>(
        &mut self,
        cx: &mut Context<'_>,
        mut limit: Option<&mut Limited>,
        closing: Option<Close>,
    ) -> set::Progress<E>
    where
        K: Outcome<F::Output, V, E>,
    {
        self.set.reset_budget();
        self.outputs.grow(self.set.len());
        if let Some(close) = closing {
            let starts =
                (limit.as_ref()).map(|limit| limit.permits().max(set::POLL_BUDGET_WITH_STARTS));
            self.set.close(close, starts);
        }
        let permits = if limit.is_some() {
            Permits::COUNTED
        } else {
            Permits::ALL
        };
        let settle_one = settle::<_, _, _, K>(&mut self.outputs, limit.as_deref_mut());
        let mut turn = self.set.poll(cx, permits, settle_one);
        let Some(limit) = limit else {
            return self.set.yielding(cx, turn);
        };
        while limit.has_permit()
            && self.source.is_some()
            && !matches!(turn, set::Progress::Stopped(_))
        {
            let set = &mut self.set;
            if set.may_start() == 0 {
                break;
            }
            if set.is_turn_full() {
                turn = set::Progress::Yielded;
                break;
            }
            let Some(future) = self.source.as_mut().and_then(Supply::draw) else {
                self.source = None;
                limit.pass();
                break;
            };
            limit.acquire();
            let id = BranchId::Element(set.next_index());
            let index = set.push(trace::branch::<_, K>(future, id));
            self.outputs.grow(index + 1);
            let settle_one = settle::<_, _, _, K>(&mut self.outputs, Some(limit));
            match set.poll_unpolled(cx, permits, settle_one) {
                set::Progress::Done => {}
                other => turn = other,
            }
        }
        self.set.yielding(cx, turn)
    }

    fn is_done(&self) -> bool {
        self.source.is_none() && self.set.len() == 0
    }
}

/// Files the output of a future that is done.
fn settle<T, V, E, K: Outcome<T, V, E>>(
    outputs: &mut Outputs<V>,
    mut limit: Option<&mut Limited>,
) -> impl FnMut(usize, T) -> ControlFlow<E> {
    move |index, output| {
        if let Some(limit) = &mut limit {
            limit.release();
        }
        match K::split(output) {
            Ok(value) => {
                outputs.fill(index, value);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl<I, F, V, K, S> Branches for Spread<I, F, V, K, S>
where
    I: Supply<F>,
    F: Future,
    K: Classify<F::Output>,
{
    const BRANCHES: usize = 1;

    fn expect(&mut self, limit: usize) {
        // An iterator that may be endless, or is as good as that, says nothing of how much memory to ask for.
        let hint = self.parts.source.as_ref().map(Supply::left);
        let least = match hint {
            Some((least, Some(most))) if most <= set::LARGEST => least,
            _ => 0,
        };
        self.parts.set.expect(least.max(set::FIRST).min(limit));
        self.parts.outputs.reserve(least);
    }

    fn count(&self) -> usize {
        let left = self.parts.source.as_ref().map_or(0, |rest| rest.left().0);
        self.parts.set.len().saturating_add(left)
    }

    fn clear(mut self: Pin<&mut Self>, _: usize, kind: Kind) {
        let parts = &mut *self.parts;
        let mut panics = Panics::default();
        match kind {
            Kind::Future => {
                parts.set.clear(&mut panics);
                panics.drop(parts.source.take());
            }
            Kind::Result => parts.outputs.clear(&mut panics),
        }
        panics.resume();
    }
}

impl<I, F, V, E, K, S> Node<S::Of<V>, E> for Spread<I, F, V, K, S>
where
    I: Supply<F>,
    F: Future,
    K: Outcome<F::Output, V, E>,
    S: Shape,
{
    fn poll(mut self: Pin<&mut Self>, branch: usize, turn: &mut Turn<'_>) -> Result<(), E> {
        let parts = &mut *self.parts;
        if parts.ended || !turn.has_spread(branch) {
            return Ok(());
        }
        let (mut limit, closing) = (turn.limit.take(), turn.closing);
        let ended = turn.poll(branch, |cx| parts.turn(cx, limit.as_deref_mut(), closing));
        turn.limit = limit;
        match ended {
            set::Progress::Done if parts.is_done() => {
                parts.ended = true;
                turn.tally.live -= 1;
            }
            set::Progress::Done => turn.spread_waits(branch, false),
            set::Progress::Yielded => turn.spread_waits(branch, true),
            set::Progress::Stopped(error) => return Err(error),
        }
        Ok(())
    }

    fn take(mut self: Pin<&mut Self>) -> S::Of<V> {
        S::collect(self.parts.outputs.take_all().expect("every branch is done"))
    }
}

impl<I, F, V, K, S> Partial<S::Of<Option<V>>> for Spread<I, F, V, K, S>
where
    I: Supply<F>,
    F: Future,
    K: Classify<F::Output>,
    S: Shape,
{
    fn take_some(mut self: Pin<&mut Self>) -> S::Of<Option<V>> {
        let mut values = self.parts.outputs.take_some();
        S::pad(&mut values);
        S::collect(values)
    }
}
