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
    end_policy::EndPolicy,
    error::TimedOut,
    pending::{Collector, Entry, Source, Sources, both},
    set::{Close, Progress},
    supply::{self, Drain, Mapped, Streams, Supply, Unfinished},
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

/// The supply of the futures of an arm, a future of which is an `F`.
pub struct LeafSupply<F, I, C>(Option<I>, PhantomData<fn() -> (F, C)>);

/// The supply of the futures of two parts of the tree, which are `A`s and `B`s.
pub struct PairSupply<A, B, I, J> {
    first: I,
    second: J,
    futures: PhantomData<fn() -> (A, B)>,
}

impl<F: Future, C: EndPolicy> Future for Leaf<F, C> {
    type Output = C::Item<F::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().entry.poll(cx).map(C::item)
    }
}

impl<F: Future, C: EndPolicy> ArmFuture for Leaf<F, C> {
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

impl<F: Future, C> Leaf<F, C> {
    #[inline]
    const fn new(entry: Entry<F>) -> Self {
        Self {
            entry,
            clock: PhantomData,
        }
    }
}

impl<F: Future, I: Supply<Entry<F>>, C> Supply<Leaf<F, C>> for LeafSupply<F, I, C> {
    const IS_STREAM: bool = I::IS_STREAM;

    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<Leaf<F, C>>> {
        supply::draw(&mut self.0, cx).map(|entry| entry.map(Leaf::new))
    }

    fn left(&self) -> (usize, Option<usize>) {
        supply::left(self.0.as_ref())
    }
}

impl<F: Future, I: Supply<Entry<F>>, C> Unfinished for LeafSupply<F, I, C> {
    fn mark(&self, unfinished: &mut [bool]) {
        unfinished[0] |= self.left().1 != Some(0);
    }
}

impl<A, B, I: Supply<A>, J: Supply<B>> Supply<Pair<A, B>> for PairSupply<A, B, I, J> {
    const IS_STREAM: bool = I::IS_STREAM || J::IS_STREAM;

    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<Pair<A, B>>> {
        // After its end, a leaf gives nothing when it is asked again.
        let first = self.first.draw(cx);
        if let Poll::Ready(Some(future)) = first {
            return Poll::Ready(Some(Pair::First { future }));
        }
        match self.second.draw(cx) {
            Poll::Ready(Some(future)) => Poll::Ready(Some(Pair::Second { future })),
            Poll::Ready(None) if first.is_ready() => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }

    fn left(&self) -> (usize, Option<usize>) {
        supply::add(self.first.left(), self.second.left())
    }
}

impl<A: ArmFuture, B, I: Unfinished, J: Unfinished> Unfinished for PairSupply<A, B, I, J> {
    fn mark(&self, unfinished: &mut [bool]) {
        let (first, second) = unfinished.split_at_mut(A::ARMS);
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
    /// The supply of all of them.
    type All: Supply<Self::Item> + Unfinished;
    /// The supply of those that streams give.
    type Streams: Streams<Self::Item>;

    /// Makes them all but those of streams, and adds what `each` makes of them to `all`. Returns the streams.
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Self::Item) -> X + Copy,
    ) -> Option<Self::Streams>;

    /// Makes a supply of them.
    fn supply(self) -> Self::All;
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
        drop(self.0.map(|source| source.of.supply()));
        Self(None, PhantomData)
    }
}

impl<F: Future, P: Sources<F>, C: EndPolicy> ArmSources for ArmLeaf<F, P, C> {
    const COUNT: Option<usize> = P::COUNT;
    type Item = Leaf<F, C>;
    type All = LeafSupply<F, P::All, C>;
    type Streams = <P::Streams as Streams<Entry<F>>>::Mapped<Leaf<F, C>>;

    #[inline]
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Leaf<F, C>) -> X + Copy,
    ) -> Option<Self::Streams> {
        let streams = (self.0?.of).put(all, move |entry| each(Leaf::new(entry)));
        streams.map(|streams| streams.map(Leaf::new))
    }

    fn supply(self) -> Self::All {
        LeafSupply(self.0.map(|source| source.of.supply()), PhantomData)
    }
}

/// The sources of the arms of two parts of the tree.
pub struct ArmPair<A, B>(pub(crate) A, pub(crate) B);

impl<A: ArmSources, B: ArmSources> ArmSources for ArmPair<A, B> {
    const COUNT: Option<usize> = both(A::COUNT, B::COUNT);
    type Item = Pair<A::Item, B::Item>;
    type All = PairSupply<A::Item, B::Item, A::All, B::All>;
    type Streams =
        <MappedStreams<A, Self::Item> as Streams<Self::Item>>::Then<MappedStreams<B, Self::Item>>;

    #[inline]
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Self::Item) -> X + Copy,
    ) -> Option<Self::Streams> {
        let first = self.0.put(all, move |future| each(Pair::First { future }));
        let second = self.1.put(all, move |future| each(Pair::Second { future }));
        let first = first.map(|first| first.map(|future| Pair::First { future }));
        let second = second.map(|mut second| {
            second.skip_arms(A::Item::ARMS);
            second.map(|future| Pair::Second { future })
        });
        <MappedStreams<A, _> as Streams<_>>::then(first, second)
    }

    fn supply(self) -> Self::All {
        PairSupply {
            first: self.0.supply(),
            second: self.1.supply(),
            futures: PhantomData,
        }
    }
}

/// The streams of the arms of `A`, with futures that were converted to a `G`.
type MappedStreams<A, G> =
    <<A as ArmSources>::Streams as Streams<<A as ArmSources>::Item>>::Mapped<G>;

/// The source of all arms.
pub struct OfArms<A>(A);

impl<A: ArmSources> Sources<A::Item> for OfArms<A> {
    const COUNT: Option<usize> = A::COUNT;
    type All = Mapped<A::All, A::Item, Entry<A::Item>>;
    type Streams = MappedStreams<A, Entry<A::Item>>;

    #[inline]
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<A::Item>) -> X + Copy,
    ) -> Option<Self::Streams> {
        let streams = self.0.put(all, move |future| each(Entry::own(future)));
        streams.map(|streams| streams.map(Entry::own))
    }

    fn supply(self) -> Self::All {
        Mapped::new(self.0.supply(), Entry::own)
    }
}

/// All arms of a loop, as one set. At the deadline, each arm that has futures left yields one item that says so.
pub struct Arms<F: Future, I, T = <F as Future>::Output>(Feed<F, I, T>);

/// What is left of the sources of arms after the call.
pub(crate) type LeftOfArms<A, L> = <L as Drain>::Left<
    <OfArms<A> as Sources<<A as ArmSources>::Item>>::All,
    <OfArms<A> as Sources<<A as ArmSources>::Item>>::Streams,
>;

/// The arms that `A` makes, under a limit `L`.
pub(crate) type ArmsOf<A, L> = Arms<<A as ArmSources>::Item, LeftOfArms<A, L>>;

/// Makes one set of all arms.
pub(crate) fn arms<A: ArmSources, L: Drain>(arms: A, limit: L) -> ArmsOf<A, L>
where
    LeftOfArms<A, L>: Supply<Entry<A::Item>>,
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
        self.0.close(close, limit);
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

    fn stop(&mut self, keeps_results: bool) {
        (&mut self.0).stop(keeps_results);
    }
}
