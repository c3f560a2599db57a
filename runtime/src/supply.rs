//! When a call takes futures out of its iterators and streams, and how it makes futures of its arguments.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;

use crate::set::StaticSet;

/// Makes a future, or an iterator of futures, of an argument that stays where the expansion has put it.
///
/// Until then only references to the argument are passed on, because a build without optimizations copies a value for
/// each function that it is passed through.
pub trait Make<X> {
    /// Makes it.
    fn make(self) -> X;
}

/// A value that has been made already.
pub struct Made<X>(pub(crate) X);

impl<X> Make<X> for Made<X> {
    #[inline]
    fn make(self) -> X {
        self.0
    }
}

/// Supplies futures of the type `F` to a call that starts them as permits are released.
pub trait Supply<F> {
    /// Whether it may have nothing now and something later.
    #[doc(hidden)]
    const IS_STREAM: bool = false;

    /// Returns the next future. An iterator has one at once, or has ended. A stream that has none wakes the task when it is to be asked
    /// again.
    #[doc(hidden)]
    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<F>>;

    /// Returns the lower and the upper bound of the number of futures that are left.
    #[doc(hidden)]
    fn left(&self) -> (usize, Option<usize>);
}

impl<I: Iterator> Supply<I::Item> for I {
    #[inline]
    fn draw(&mut self, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(Iterator::next(self))
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        Iterator::size_hint(self)
    }
}

/// An iterator that was drained. The type does not mention the iterator, so the future of the call does not depend on
/// the iterator's lifetime or auto traits.
pub enum Exhausted {}

impl<F> Supply<F> for Exhausted {
    #[inline]
    fn draw(&mut self, _: &mut Context<'_>) -> Poll<Option<F>> {
        match *self {}
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        match *self {}
    }
}

/// When the iterators of a call are drained. It is a type, because the remainder of the arguments has a different type in
/// each case.
pub trait Drain: Copy {
    /// The remainder of the arguments after the call. `I` supplies the futures of all arguments, and `S` only the futures of streams.
    type Left<I, S>;

    /// Returns the remainder of the arguments `from`. If iterators are drained at the call, `drain` drains them and returns the streams.
    /// Otherwise `make` returns all arguments as one supply.
    fn part<P, I, S>(
        from: P,
        drain: impl FnOnce(P) -> Option<S>,
        make: impl FnOnce(P) -> I,
    ) -> Option<Self::Left<I, S>>;

    /// Returns how many branches may run at once, if there is a limit.
    fn limit(self) -> Option<usize>;
}

/// Without a limit: at the call.
#[derive(Clone, Copy)]
pub struct AtCall;

impl Drain for AtCall {
    type Left<I, S> = S;

    #[inline]
    fn part<P, I, S>(
        from: P,
        drain: impl FnOnce(P) -> Option<S>,
        _: impl FnOnce(P) -> I,
    ) -> Option<S> {
        drain(from)
    }

    #[inline]
    fn limit(self) -> Option<usize> {
        None
    }
}

/// With a limit: futures are drawn as permits are released.
#[derive(Clone, Copy)]
pub struct UnderLimit(pub(crate) usize);

impl Drain for UnderLimit {
    type Left<I, S> = I;

    #[inline]
    fn part<P, I, S>(
        from: P,
        _: impl FnOnce(P) -> Option<S>,
        make: impl FnOnce(P) -> I,
    ) -> Option<I> {
        Some(make(from))
    }

    #[inline]
    fn limit(self) -> Option<usize> {
        Some(self.0)
    }
}

// ---- streams ----------------------------------------------------------------------------------------------------

/// The futures of a stream, which are drawn as the stream gives them.
pub enum FromStream {}

/// A stream of futures, before its waker is known.
//
// This is not `Stream`, because that would have to be pinned.
pub trait FutureStream {
    /// The type of the futures, or of what becomes one.
    type Item;

    /// Polls for the next one.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;

    /// Returns the lower and the upper bound of the number of items that are left.
    fn size_hint(&self) -> (usize, Option<usize>);
}

impl<T: Stream> FutureStream for Pin<Box<T>> {
    type Item = T::Item;

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<T::Item>> {
        self.as_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        Stream::size_hint(self)
    }
}

/// The supply of a stream. It is polled once at first, and then once after each of its items and each of its wakes.
pub struct StreamSupply<I> {
    stream: I,
    /// The stream is the only branch of this set, so it has a waker of its own.
    wakes: StaticSet,
    /// The arm of `as_completed!` that it belongs to.
    arm: usize,
}

impl<I> StreamSupply<I> {
    pub(crate) const fn new(stream: I) -> Self {
        Self {
            stream,
            wakes: StaticSet::new(1, 1),
            arm: 0,
        }
    }
}

impl<I: FutureStream> Supply<I::Item> for StreamSupply<I> {
    const IS_STREAM: bool = true;

    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<I::Item>> {
        let mut next = Poll::Pending;
        let stream = &mut self.stream;
        self.wakes.poll(cx, false, &mut |_, cx| {
            next = stream.poll_next(cx);
            matches!(next, Poll::Ready(None))
        });
        if let Poll::Ready(Some(_)) = next {
            self.wakes.poll_again(0);
        }
        next
    }

    fn left(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

/// The arms of `as_completed!` that have futures left in a supply.
pub trait Unfinished {
    /// Marks the arms that have futures left.
    fn mark(&self, unfinished: &mut [bool]);
}

impl Unfinished for Exhausted {
    fn mark(&self, _: &mut [bool]) {
        match *self {}
    }
}

/// The streams among the arguments, which remain after the iterators were drained at the call.
///
/// Without streams this is [`Exhausted`] for any number of arguments, for example for `(..xs, ..ys)`, so that the number does not appear
/// in the types of calls.
pub trait Streams<F>: Supply<F> + Unfinished + Sized {
    /// The same streams, with futures that were converted to a `G`.
    type Mapped<G>: Streams<G>;
    /// These streams and the streams of `Q`.
    type Then<Q: Streams<F>>: Streams<F>;

    /// Converts the futures.
    fn map<G>(self, map: fn(F) -> G) -> Self::Mapped<G>;

    /// Returns the streams of two arguments.
    fn then<Q: Streams<F>>(first: Option<Self>, second: Option<Q>) -> Option<Self::Then<Q>>;

    /// Adds `arms` to the number of the arm that each stream belongs to.
    fn skip_arms(&mut self, arms: usize);
}

impl<F> Streams<F> for Exhausted {
    type Mapped<G> = Self;
    type Then<Q: Streams<F>> = Q;

    fn map<G>(self, _: fn(F) -> G) -> Self {
        self
    }

    #[inline]
    fn then<Q: Streams<F>>(_: Option<Self>, second: Option<Q>) -> Option<Q> {
        second
    }

    fn skip_arms(&mut self, _: usize) {
        match *self {}
    }
}

macro_rules! streams {
    ($item:ty) => {
        type Mapped<To> = Mapped<Self, $item, To>;
        type Then<Other: Streams<$item>> = Chained<Self, Other>;

        fn map<To>(self, map: fn($item) -> To) -> Self::Mapped<To> {
            Mapped::new(self, map)
        }

        fn then<Other: Streams<$item>>(
            first: Option<Self>,
            second: Option<Other>,
        ) -> Option<Chained<Self, Other>> {
            (first.is_some() || second.is_some()).then_some(Chained { first, second })
        }
    };
}

impl<I: FutureStream> Unfinished for StreamSupply<I> {
    fn mark(&self, unfinished: &mut [bool]) {
        unfinished[self.arm] |= self.left().1 != Some(0);
    }
}

impl<I: FutureStream> Streams<I::Item> for StreamSupply<I> {
    streams! { I::Item }

    fn skip_arms(&mut self, arms: usize) {
        self.arm += arms;
    }
}

/// A supply that converts its futures.
pub struct Mapped<S, F, G> {
    source: S,
    map: fn(F) -> G,
}

impl<S, F, G> Mapped<S, F, G> {
    #[inline]
    pub(crate) const fn new(source: S, map: fn(F) -> G) -> Self {
        Self { source, map }
    }
}

impl<S: Supply<F>, F, G> Supply<G> for Mapped<S, F, G> {
    const IS_STREAM: bool = S::IS_STREAM;

    #[inline]
    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<G>> {
        self.source.draw(cx).map(|next| next.map(self.map))
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        self.source.left()
    }
}

impl<S: Unfinished, F, G> Unfinished for Mapped<S, F, G> {
    fn mark(&self, unfinished: &mut [bool]) {
        self.source.mark(unfinished);
    }
}

impl<S: Streams<F>, F, G> Streams<G> for Mapped<S, F, G> {
    streams! { G }

    fn skip_arms(&mut self, arms: usize) {
        self.source.skip_arms(arms);
    }
}

/// Two supplies, one after the other. A stream that has nothing now does not hold up the second one.
pub struct Chained<P, Q> {
    first: Option<P>,
    second: Option<Q>,
}

impl<P, Q> Chained<P, Q> {
    #[inline]
    pub(crate) const fn new(first: P, second: Q) -> Self {
        Self {
            first: Some(first),
            second: Some(second),
        }
    }
}

/// Draws the next future of `source`, and drops `source` at its end.
#[inline]
pub(crate) fn draw<S: Supply<F>, F>(
    source: &mut Option<S>,
    cx: &mut Context<'_>,
) -> Poll<Option<F>> {
    let Some(from) = source else {
        return Poll::Ready(None);
    };
    let next = from.draw(cx);
    if let Poll::Ready(None) = next {
        *source = None;
    }
    next
}

/// Returns the bounds of the number of futures that are left in `source`.
#[inline]
pub(crate) fn left<S: Supply<F>, F>(source: Option<&S>) -> (usize, Option<usize>) {
    source.map_or((0, Some(0)), Supply::left)
}

/// Adds the bounds of two supplies.
#[inline]
pub(crate) fn add(
    first: (usize, Option<usize>),
    second: (usize, Option<usize>),
) -> (usize, Option<usize>) {
    let most = first.1.zip(second.1);
    let most = most.and_then(|(first, second)| first.checked_add(second));
    (first.0.saturating_add(second.0), most)
}

impl<P: Supply<F>, Q: Supply<F>, F> Supply<F> for Chained<P, Q> {
    const IS_STREAM: bool = P::IS_STREAM || Q::IS_STREAM;

    #[inline]
    fn draw(&mut self, cx: &mut Context<'_>) -> Poll<Option<F>> {
        let first = draw(&mut self.first, cx);
        if let Poll::Ready(Some(_)) = first {
            return first;
        }
        match draw(&mut self.second, cx) {
            Poll::Ready(None) => first,
            second => second,
        }
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        add(left(self.first.as_ref()), left(self.second.as_ref()))
    }
}

impl<P: Unfinished, Q: Unfinished> Unfinished for Chained<P, Q> {
    fn mark(&self, unfinished: &mut [bool]) {
        if let Some(first) = &self.first {
            first.mark(unfinished);
        }
        if let Some(second) = &self.second {
            second.mark(unfinished);
        }
    }
}

impl<P: Streams<F>, Q: Streams<F>, F> Streams<F> for Chained<P, Q> {
    streams! { F }

    fn skip_arms(&mut self, arms: usize) {
        if let Some(first) = &mut self.first {
            first.skip_arms(arms);
        }
        if let Some(second) = &mut self.second {
            second.skip_arms(arms);
        }
    }
}
