//! Spreads: the futures of an iterator.

use std::{
    future::Future,
    marker::PhantomData,
    ops::ControlFlow,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use super::{
    limit::Limited,
    node::{Branches, KeepKeys, Kind, LeaveKeys, Node, Partial},
    turn::Turn,
};
use crate::{
    keyed::TakeKey,
    mode::{Classify, Outcome},
    set::{self, Close, Outlined, Outputs, Permits, Set},
    supply::{
        self, AtCall, Exhausted, FromStream, FutureStream, Make, StreamSupply, Supply, UnderLimit,
    },
    trace::{self, BranchId, Watched},
};

/// The collection that the results of a spread become.
pub trait Shape {
    /// The collection.
    type Of<V>;

    /// The collection of these values.
    fn collect<V>(values: Vec<V>) -> Self::Of<V>;

    /// The number of elements, if it is always the same.
    const LEN: Option<usize> = None;
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

    const LEN: Option<usize> = Some(N);
}

/// When the futures of `I` are taken.
pub trait Taken<I> {
    /// The remainder of `I` after the call.
    type Left;
}

/// Takes the futures `F` of `I`.
pub trait Take<I, F>: Taken<I> {
    /// Takes those that are there at the call. Returns them, and the remainder.
    fn take(make: impl Make<I>) -> (Vec<F>, Option<Self::Left>);
}

impl<I> Taken<I> for AtCall {
    type Left = Exhausted;
}

impl<I: Iterator<Item = F>, F> Take<I, F> for AtCall {
    #[inline]
    fn take(make: impl Make<I>) -> (Vec<F>, Option<Exhausted>) {
        (make.make().collect(), None)
    }
}

impl<I> Taken<I> for UnderLimit {
    type Left = I;
}

impl<I, F> Take<I, F> for UnderLimit {
    #[inline]
    fn take(make: impl Make<I>) -> (Vec<F>, Option<I>) {
        (Vec::new(), Some(make.make()))
    }
}

impl<I> Taken<I> for FromStream {
    type Left = StreamSupply<I>;
}

impl<I: FutureStream<Item = F>, F> Take<I, F> for FromStream {
    fn take(make: impl Make<I>) -> (Vec<F>, Option<StreamSupply<I>>) {
        (Vec::new(), Some(StreamSupply::new(make.make())))
    }
}

/// A spread: the rest of the iterator or the stream, the futures that it yielded, and their results.
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
    /// A spread of the iterator or the stream that `make` makes. `D` says which futures are taken here.
    pub(super) fn new<D: Take<N, F, Left = I>, N>(make: impl Make<N>) -> Self {
        let (futures, source) = D::take(make);
        let set = match source {
            None => Set::from_vec(trace::branches::<_, K>(futures, BranchId::Element)),
            Some(_) => Set::new(),
        };
        Self {
            parts: Outlined::new(Parts {
                source,
                set,
                outputs: Outputs::new(),
                ended: false,
                kind: PhantomData,
            }),
            shape: PhantomData,
        }
    }
}

impl<I, F, V, K> Parts<I, F, V, K>
where
    I: Supply<F>,
    F: Future,
    K: Classify<F::Output>,
{
    /// Polls the futures that were woken, then starts those that there are permits for. When the deadline has passed,
    /// `closing` says how the futures come to an end. The spread is branch `branch` of the call. If a future fails, its error is put
    /// into `error`, and the turn is stopped.
    fn turn<E>(
        &mut self,
        cx: &mut Context<'_>,
        branch: usize,
        mut limit: Option<&mut Limited>,
        closing: Option<Close>,
        error: &mut Option<E>,
    ) -> set::Progress
    where
        K: Outcome<F::Output, V, E>,
    {
        self.set.reset_budget();
        self.outputs.grow(self.set.len());
        if let Some(close) = closing {
            let permits = limit.as_ref().map(|limit| limit.permits());
            let permits = permits.or(I::IS_STREAM.then_some(0));
            let starts = permits.map(|permits| permits.max(set::POLL_BUDGET_WITH_STARTS));
            self.set.close(close, starts);
        }
        let permits = if limit.is_some() || I::IS_STREAM {
            Permits::COUNTED
        } else {
            Permits::ALL
        };
        let settle_one = settle::<_, _, _, K>(&mut self.outputs, limit.as_deref_mut(), error);
        let mut turn = self.set.poll(cx, permits, settle_one);
        if limit.is_none() && !I::IS_STREAM {
            return self.set.yielding(cx, turn);
        }
        while (limit.as_ref()).is_none_or(|limit| limit.has_permit())
            && self.source.is_some()
            && turn != set::Progress::Stopped(())
        {
            let set = &mut self.set;
            if set.may_start() == 0 {
                break;
            }
            if set.is_turn_full() {
                turn = set::Progress::Yielded;
                break;
            }
            let Poll::Ready(Some(future)) = supply::draw(&mut self.source, cx) else {
                // A stream that has nothing now holds up no later branch, and is passed only once.
                match &mut limit {
                    Some(limit) if !I::IS_STREAM || limit.is_next(branch) => limit.pass(),
                    _ => {}
                }
                break;
            };
            if let Some(limit) = &mut limit {
                limit.acquire();
            }
            let id = BranchId::Element(set.next_index());
            let index = set.push(trace::branch::<_, K>(future, id));
            self.outputs.grow(index + 1);
            let settle_one = settle::<_, _, _, K>(&mut self.outputs, limit.as_deref_mut(), error);
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
    error: &mut Option<E>,
) -> impl FnMut(usize, T) -> ControlFlow<()> {
    move |index, output| {
        if let Some(limit) = &mut limit {
            limit.release();
        }
        match K::split(output) {
            Ok(value) => {
                outputs.fill(index, value);
                ControlFlow::Continue(())
            }
            Err(failure) => {
                *error = Some(failure);
                ControlFlow::Break(())
            }
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
    const HAS_STREAMS: bool = I::IS_STREAM;

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
        match kind {
            Kind::Future => parts.set.clear_before(parts.source.take()),
            Kind::Result => parts.outputs.clear(),
        }
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
        let number = turn.number(branch);
        let mut error = None;
        let ended = turn.poll(branch, |cx| {
            parts.turn(cx, number, limit.as_deref_mut(), closing, &mut error)
        });
        turn.limit = limit;
        match ended {
            set::Progress::Done if parts.is_done() => {
                parts.ended = true;
                turn.tally.live -= 1;
            }
            set::Progress::Done => turn.spread_waits(branch, false),
            set::Progress::Yielded => turn.spread_waits(branch, true),
            set::Progress::Stopped(()) => return error.map_or(Ok(()), Err),
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
    fn take_some(self: Pin<&mut Self>) -> S::Of<Option<V>> {
        S::collect(self.take_values())
    }
}

impl<I, F, V, K, S: Shape> Spread<I, F, V, K, S> {
    /// Takes the results that are there, and `None` for each future that is not done or was not taken.
    fn take_values(mut self: Pin<&mut Self>) -> Vec<Option<V>> {
        let mut values = self.parts.outputs.take_some();
        if let Some(len) = S::LEN {
            values.resize_with(len, || None);
        }
        values
    }
}

// ---- keys with `partial` ----------------------------------------------------------------------------------------

impl<I, F, K, T, R, S> LeaveKeys<Vec<K>> for Spread<I, F, (K, T), R, S>
where
    I: Supply<F>,
    F: Future + TakeKey<K>,
    R: Classify<F::Output>,
    S: Shape,
{
    fn leave_keys(mut self: Pin<&mut Self>, keys: &mut Vec<K>) {
        let parts = &mut *self.parts;
        (parts.set).visit_in_order(|future| keys.push(trace::inner(future).take_key()));
        if S::LEN.is_none() {
            return;
        }
        // The elements of an array that a limit held back.
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(future)) = supply::draw(&mut parts.source, &mut cx) {
            keys.push(pin!(future).take_key());
        }
    }
}

impl<I, F, K, T, R, S> Partial<S::Of<(K, Option<T>)>>
    for KeepKeys<Spread<I, F, (K, T), R, S>, Vec<K>>
where
    Self: Branches,
    S: Shape,
{
    fn take_some(self: Pin<&mut Self>) -> S::Of<(K, Option<T>)> {
        let (node, keys) = self.parts();
        let mut late = std::mem::take(keys).into_iter();
        let values = node.take_values().into_iter();
        let values = values.map(|value| match value {
            Some((key, value)) => (key, Some(value)),
            None => (
                late.next()
                    .expect("a future that is not done has left its key"),
                None,
            ),
        });
        S::collect(values.collect())
    }
}
