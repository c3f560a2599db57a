//! Arms with branches of different types in one set: the type of its futures is a tree of pairs, and so is the type of
//! their outputs.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{Feed, feed};
use crate::{
    completion::{Live, Take},
    error::TimedOut,
    pending::{Collector, Entry, Owned, Source, Sources, both},
    set::{Close, Progress},
    supply::{Drain, Exhausted, Supply},
    timeout::TimeoutPolicy,
};

/// The item of one of the two parts of the tree of arms.
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// A future of one of several arms, which are numbered in source order.
pub trait ArmFuture: Future {
    /// The number of arms.
    const ARMS: usize;

    /// Returns the number of its arm. Pinned, because a shared reference to a future that was polled would invalidate
    /// references that it holds into itself.
    fn arm(self: Pin<&mut Self>) -> usize;

    /// Returns the item that this arm yields at the deadline.
    fn late(arm: usize, late: TimedOut) -> Option<Self::Output>;
}

/// The futures of some arms, as far as they are not in the set.
pub trait Unfinished {
    /// Marks the arms that have futures left.
    fn mark(&self, unfinished: &mut [bool]);
}

impl Unfinished for Exhausted {
    fn mark(&self, _: &mut [bool]) {
        match *self {}
    }
}

impl<I: Unfinished> Unfinished for Owned<I> {
    fn mark(&self, unfinished: &mut [bool]) {
        self.0.mark(unfinished);
    }
}

pin_project! {
    /// A future of an arm, in a loop with the timeout policy `C`.
    pub struct Leaf<F: Future, C, T = <F as Future>::Output> {
        #[pin]
        entry: Entry<F, T>,
        clock: PhantomData<fn() -> C>,
    }
}

pin_project! {
    /// A future of one of two parts of the tree.
    #[project = PairProjection]
    pub enum Pair<A, B> {
        /// The first.
        First { #[pin] future: A },
        /// The second.
        Second { #[pin] future: B },
    }
}

/// The futures of an arm.
pub struct LeafIter<I, C>(Option<I>, PhantomData<fn() -> C>);

/// The futures of two parts of the tree.
pub struct PairIter<I, J> {
    first: I,
    second: J,
}

impl<F: Future, C: TimeoutPolicy> Future for Leaf<F, C> {
    type Output = C::Item<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().entry.poll(cx).map(C::item)
    }
}

impl<F: Future, C: TimeoutPolicy> ArmFuture for Leaf<F, C> {
    const ARMS: usize = 1;

    fn arm(self: Pin<&mut Self>) -> usize {
        0
    }

    fn late(_: usize, late: TimedOut) -> Option<Self::Output> {
        C::timeout_item(late)
    }
}

impl<A: Future, B: Future> Future for Pair<A, B> {
    type Output = Either<A::Output, B::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            PairProjection::First { future } => future.poll(cx).map(Either::First),
            PairProjection::Second { future } => future.poll(cx).map(Either::Second),
        }
    }
}

impl<A: ArmFuture, B: ArmFuture> ArmFuture for Pair<A, B> {
    const ARMS: usize = A::ARMS + B::ARMS;

    fn arm(self: Pin<&mut Self>) -> usize {
        match self.project() {
            PairProjection::First { future } => future.arm(),
            PairProjection::Second { future } => A::ARMS + future.arm(),
        }
    }

    fn late(arm: usize, late: TimedOut) -> Option<Self::Output> {
        if arm < A::ARMS {
            A::late(arm, late).map(Either::First)
        } else {
            B::late(arm - A::ARMS, late).map(Either::Second)
        }
    }
}

impl<F: Future, I: Iterator<Item = Entry<F>>, C: TimeoutPolicy> Iterator for LeafIter<I, C> {
    type Item = Leaf<F, C>;

    fn next(&mut self) -> Option<Leaf<F, C>> {
        let Some(entry) = self.0.as_mut()?.next() else {
            self.0 = None;
            return None;
        };
        let clock = PhantomData;
        Some(Leaf { entry, clock })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.as_ref().map_or((0, Some(0)), Iterator::size_hint)
    }
}

impl<F: Future, I: Iterator<Item = Entry<F>>, C: TimeoutPolicy> Unfinished for LeafIter<I, C> {
    fn mark(&self, unfinished: &mut [bool]) {
        unfinished[0] |= self.size_hint().1 != Some(0);
    }
}

impl<I: Iterator, J: Iterator> Iterator for PairIter<I, J> {
    type Item = Pair<I::Item, J::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        // Asked again after its end, a leaf gives nothing.
        match self.first.next() {
            Some(future) => Some(Pair::First { future }),
            None => self.second.next().map(|future| Pair::Second { future }),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (first, second) = (self.first.size_hint(), self.second.size_hint());
        let most = (first.1.zip(second.1)).and_then(|(first, second)| first.checked_add(second));
        (first.0.saturating_add(second.0), most)
    }
}

impl<I: Unfinished + Iterator<Item: ArmFuture>, J: Unfinished> Unfinished for PairIter<I, J> {
    fn mark(&self, unfinished: &mut [bool]) {
        let (first, second) = unfinished.split_at_mut(I::Item::ARMS);
        self.first.mark(first);
        self.second.mark(second);
    }
}

/// Makes the futures of some arms.
pub trait ArmSources: Sized {
    /// The number of futures, if it is known at compile time.
    const COUNT: Option<usize>;
    /// The type of the futures.
    type Item: ArmFuture;
    /// The iterator of all of them.
    type Iter: Iterator<Item = Self::Item> + Unfinished;

    /// Makes them all, and adds what `each` makes of them to `all`.
    fn put<X>(self, all: &mut impl Collector<X>, each: impl Fn(Self::Item) -> X + Copy);

    /// Makes an iterator of them.
    fn iter(self) -> Self::Iter;
}

/// The source of one arm; none if it has ended already.
pub struct ArmLeaf<F, P, C>(Option<Source<F, P>>, PhantomData<fn() -> C>);

impl<F, P, C> ArmLeaf<F, P, C> {
    #[inline]
    pub(crate) const fn new(source: Source<F, P>) -> Self {
        Self(Some(source), PhantomData)
    }

    /// Returns the source, unless the arm has ended.
    pub(super) fn into_source(self) -> Option<Source<F, P>> {
        self.0
    }

    /// Drops the futures; the arm has ended.
    pub(crate) fn ended(self) -> Self
    where
        F: Future,
        P: Sources<F>,
    {
        drop(self.0.map(|source| source.of.iter()));
        Self(None, PhantomData)
    }
}

impl<F: Future, P: Sources<F>, C: TimeoutPolicy> ArmSources for ArmLeaf<F, P, C> {
    const COUNT: Option<usize> = P::COUNT;
    type Item = Leaf<F, C>;
    type Iter = LeafIter<P::Iter, C>;

    #[inline]
    fn put<X>(self, all: &mut impl Collector<X>, each: impl Fn(Leaf<F, C>) -> X + Copy) {
        if let Some(source) = self.0 {
            let clock = PhantomData;
            source.of.put(all, move |entry| each(Leaf { entry, clock }));
        }
    }

    fn iter(self) -> LeafIter<P::Iter, C> {
        LeafIter(self.0.map(|source| source.of.iter()), PhantomData)
    }
}

/// The sources of the arms of two parts of the tree.
pub struct ArmPair<A, B>(pub(crate) A, pub(crate) B);

impl<A: ArmSources, B: ArmSources> ArmSources for ArmPair<A, B> {
    const COUNT: Option<usize> = both(A::COUNT, B::COUNT);
    type Item = Pair<A::Item, B::Item>;
    type Iter = PairIter<A::Iter, B::Iter>;

    #[inline]
    fn put<X>(self, all: &mut impl Collector<X>, each: impl Fn(Self::Item) -> X + Copy) {
        self.0.put(all, move |future| each(Pair::First { future }));
        self.1.put(all, move |future| each(Pair::Second { future }));
    }

    fn iter(self) -> Self::Iter {
        PairIter {
            first: self.0.iter(),
            second: self.1.iter(),
        }
    }
}

/// The source of all arms.
pub struct OfArms<A>(A);

impl<A: ArmSources> Sources<A::Item> for OfArms<A> {
    const COUNT: Option<usize> = A::COUNT;
    type Iter = Owned<A::Iter>;

    #[inline]
    fn put<X>(self, all: &mut impl Collector<X>, each: impl Fn(Entry<A::Item>) -> X + Copy) {
        self.0.put(all, move |future| each(Entry::own(future)));
    }

    fn iter(self) -> Self::Iter {
        Owned(self.0.iter())
    }
}

/// All arms of a loop, as one set. At the deadline, each arm that has futures left yields one item that says so.
pub struct Arms<F: Future, I, T = <F as Future>::Output>(Feed<F, I, T>);

/// Makes one set of all arms.
pub(crate) fn arms<A: ArmSources, L: Drain>(
    arms: A,
    limit: L,
) -> Arms<A::Item, L::Left<Owned<A::Iter>>>
where
    L::Left<Owned<A::Iter>>: Supply<Entry<A::Item>>,
{
    Arms(feed(Source::new(OfArms(arms)), limit))
}

impl<F: ArmFuture, I: Supply<Entry<F>> + Unfinished> Live for &mut Arms<F, I> {
    type Output = F::Output;

    fn turn(&mut self, cx: &mut Context<'_>, limit: Option<usize>, take: Take) -> Progress {
        (&mut self.0).turn(cx, limit, take)
    }

    fn len(&self) -> usize {
        self.0.size_hint().0
    }

    #[inline]
    fn ready(&self) -> usize {
        self.0.pending.ready()
    }

    #[inline]
    fn pop(&mut self) -> Option<(usize, F::Output)> {
        self.0.pending.pop()
    }

    #[inline]
    fn is_live(&self) -> bool {
        self.0.is_live()
    }

    fn taken(&self) -> usize {
        self.0.pending.taken()
    }

    fn close(&mut self, close: Close, limit: Option<usize>) {
        (&mut self.0).close(close, limit);
    }

    #[inline]
    fn reopen(&mut self) {
        (&mut self.0).reopen();
    }

    #[inline]
    fn rest(&mut self) {
        self.0.pending.reset_budget();
    }

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        let Feed { pending, source } = &mut self.0;
        let mut unfinished = vec![false; F::ARMS];
        pending.visit_pushed(|future| unfinished[future.arm()] = true);
        if let Some(rest) = source {
            rest.mark(&mut unfinished);
        }
        self.0.abandon();
        for arm in (0..F::ARMS).filter(|&arm| unfinished[arm]) {
            if let Some(output) = F::late(arm, late) {
                let index = self.0.pass_index();
                self.0.pending.push_ready(index, output);
            }
        }
        None
    }
}
