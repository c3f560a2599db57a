//! The arguments of a call as one source of futures of a set.

use std::{
    future::Future,
    iter::{self, Empty, Once},
    marker::PhantomData,
    vec,
};

use super::{Entry, Pending, Sum};
use crate::supply::{
    Chained, Exhausted, FutureStream, Make, Mapped, StreamSupply, Streams, Supply,
};

/// The futures of a call, of type `F`. `P` makes them of the arguments.
pub struct Source<F, P> {
    pub(crate) of: P,
    futures: PhantomData<fn() -> F>,
}

/// Makes the futures of a call, in argument order.
pub trait Sources<F: Future>: Sized {
    /// The number of futures, if it is known where the call is compiled.
    const COUNT: Option<usize>;
    /// The supply of all futures.
    type All: Supply<Entry<F>>;
    /// The supply of the futures that streams give.
    type Streams: Streams<Entry<F>>;

    /// Takes the set of the first `..pending` argument, to which the other futures are added. So its indices are kept.
    fn held(&mut self) -> Option<Pending<F>> {
        None
    }

    /// Makes all futures but those of streams, passes them through `each`, and adds them to `all`. Returns the streams.
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams>;

    /// Makes a supply of all futures.
    fn supply(self) -> Self::All;
}

impl<F, P> Source<F, P> {
    #[inline]
    pub(crate) const fn new(of: P) -> Self {
        Self {
            of,
            futures: PhantomData,
        }
    }
}

impl<F: Future, P: Sources<F>> Source<F, P> {
    /// Makes all futures but those of streams, and adds them to a set. Returns the streams.
    pub(crate) fn fill(self, pending: &mut Pending<F>) -> Option<P::Streams> {
        if let Some(count) = P::COUNT {
            pending.expect(count);
            self.of.put(pending, |entry| entry)
        } else {
            // A set takes over the memory of a vector, which an iterator fills faster.
            let mut all = Vec::new();
            let streams = self.of.put(&mut all, |entry| entry);
            pending.fill(all);
            streams
        }
    }
}

/// Collects values.
pub trait Collector<X> {
    /// Adds a value.
    fn one(&mut self, value: X);

    /// Adds all values of an iterator.
    fn many(&mut self, values: impl Iterator<Item = X>);
}

impl<X> Collector<X> for Vec<X> {
    #[inline]
    fn one(&mut self, value: X) {
        self.push(value);
    }

    #[inline]
    fn many(&mut self, values: impl Iterator<Item = X>) {
        self.extend(values);
    }
}

impl<F: Future> Collector<Entry<F>> for Pending<F> {
    #[inline]
    fn one(&mut self, entry: Entry<F>) {
        self.add(entry);
    }

    fn many(&mut self, entries: impl Iterator<Item = Entry<F>>) {
        entries.for_each(|entry| self.one(entry));
    }
}

/// No arguments.
impl<F: Future> Sources<F> for () {
    const COUNT: Option<usize> = Some(0);
    type All = Empty<Entry<F>>;
    type Streams = Exhausted;

    fn put<X>(
        self,
        _: &mut impl Collector<X>,
        _: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Exhausted> {
        None
    }

    fn supply(self) -> Self::All {
        iter::empty()
    }
}

/// An argument that is one future, which `M` makes.
pub struct One<M>(pub(crate) M);

impl<F: Future, M: Make<F>> Sources<F> for One<M> {
    const COUNT: Option<usize> = Some(1);
    type All = Owned<Once<F>>;
    type Streams = Exhausted;

    #[inline]
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams> {
        all.one(each(Entry::own(self.0.make())));
        None
    }

    fn supply(self) -> Self::All {
        Owned(iter::once(self.0.make()))
    }
}

/// An argument that is an iterator `I` of futures, which `M` makes.
pub struct Each<M, I>(M, PhantomData<fn() -> I>);

impl<M, I> Each<M, I> {
    #[inline]
    pub(crate) const fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

impl<F: Future, M: Make<I>, I: Iterator<Item = F>> Sources<F> for Each<M, I> {
    const COUNT: Option<usize> = None;
    type All = Owned<I>;
    type Streams = Exhausted;

    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams> {
        all.many(Owned(self.0.make()).map(each));
        None
    }

    fn supply(self) -> Self::All {
        Owned(self.0.make())
    }
}

/// An argument that is a stream `I` of futures, which `M` makes.
pub struct EachOfStream<M, I>(M, PhantomData<fn() -> I>);

impl<M, I> EachOfStream<M, I> {
    pub(crate) const fn new(futures: M) -> Self {
        Self(futures, PhantomData)
    }
}

impl<F: Future, M: Make<I>, I: FutureStream<Item = F>> Sources<F> for EachOfStream<M, I> {
    // All that is known at the call.
    const COUNT: Option<usize> = Some(0);
    type All = Mapped<StreamSupply<I>, F, Entry<F>>;
    type Streams = Self::All;

    fn put<X>(
        self,
        _: &mut impl Collector<X>,
        _: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams> {
        Some(self.supply())
    }

    fn supply(self) -> Self::All {
        Mapped::new(StreamSupply::new(self.0.make()), Entry::own)
    }
}

/// An argument that is a set. `None` once [`Sources::held`] has taken the set.
pub struct Held<F: Future>(pub(crate) Option<Pending<F>>);

impl<F: Future> Sources<F> for Held<F> {
    const COUNT: Option<usize> = None;
    type All = Drained<F>;
    type Streams = Exhausted;

    fn held(&mut self) -> Option<Pending<F>> {
        self.0.take()
    }

    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams> {
        all.many(self.supply().map(each));
        None
    }

    fn supply(self) -> Drained<F> {
        self.0.map(Pending::into_drained).unwrap_or_default()
    }
}

/// The arguments of `P`, followed by the arguments of `Q`.
impl<F: Future, P: Sources<F>, Q: Sources<F>> Sources<F> for (P, Q) {
    const COUNT: Option<usize> = both(P::COUNT, Q::COUNT);
    type All = Chained<P::All, Q::All>;
    type Streams = <P::Streams as Streams<Entry<F>>>::Then<Q::Streams>;

    fn held(&mut self) -> Option<Pending<F>> {
        self.0.held().or_else(|| self.1.held())
    }

    #[inline]
    fn put<X>(
        self,
        all: &mut impl Collector<X>,
        each: impl Fn(Entry<F>) -> X + Copy,
    ) -> Option<Self::Streams> {
        let first = self.0.put(all, each);
        let second = self.1.put(all, each);
        P::Streams::then(first, second)
    }

    fn supply(self) -> Self::All {
        Chained::new(self.0.supply(), self.1.supply())
    }
}

/// Returns the number of futures of two sources, if it is known for both.
pub(crate) const fn both(first: Option<usize>, second: Option<usize>) -> Option<usize> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first + second),
        _ => None,
    }
}

/// The futures and results of a set that was taken apart.
pub type Drained<F> = vec::IntoIter<Entry<F>>;

/// An iterator over futures that were never in a set.
pub struct Owned<I>(pub(crate) I);

impl<I: Iterator<Item: Future>> Iterator for Owned<I> {
    type Item = Entry<I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(Entry::own)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

/// Wraps the futures of `P` as the first of two types.
pub struct First<F, G, P>(P, PhantomData<fn() -> (F, G)>);

/// Wraps the futures of `P` as the second of two types.
pub struct Second<F, G, P>(P, PhantomData<fn() -> (F, G)>);

macro_rules! part_of_a_sum {
    ($part:ident of $future:ident by $sum:ident) => {
        impl<F, G, P> $part<F, G, P> {
            #[inline]
            pub(crate) const fn new(of: P) -> Self {
                Self(of, PhantomData)
            }
        }

        impl<F, G, P: Sources<$future>> Sources<Sum<F, G>> for $part<F, G, P>
        where
            F: Future,
            G: Future<Output = F::Output>,
        {
            const COUNT: Option<usize> = P::COUNT;
            type All = Mapped<P::All, Entry<$future>, Entry<Sum<F, G>>>;
            type Streams = <P::Streams as Streams<Entry<$future>>>::Mapped<Entry<Sum<F, G>>>;

            fn held(&mut self) -> Option<Pending<Sum<F, G>>> {
                self.0.held().map(|held| held.map(Sum::$sum))
            }

            #[inline]
            fn put<X>(
                self,
                all: &mut impl Collector<X>,
                each: impl Fn(Entry<Sum<F, G>>) -> X + Copy,
            ) -> Option<Self::Streams> {
                let streams = self.0.put(all, move |entry| each(Sum::$sum(entry)));
                streams.map(|streams| streams.map(Sum::$sum))
            }

            fn supply(self) -> Self::All {
                Mapped::new(self.0.supply(), Sum::$sum)
            }
        }
    };
}

part_of_a_sum! { First of F by first }
part_of_a_sum! { Second of G by second }

impl<F: Future> Pending<F> {
    /// Returns the futures and results of the set, in the order of indices.
    pub(crate) fn into_drained(self) -> Drained<F> {
        let entries: Vec<_> = (self.into_entries().into_iter())
            .map(|(_, entry)| entry)
            .collect();
        entries.into_iter()
    }

    /// Converts the futures of the set to another type. The indices are kept.
    fn map<G: Future>(self, map: fn(Entry<F>) -> Entry<G>) -> Pending<G> {
        let next = self.next_index();
        let mut mapped = Pending::new();
        for (index, entry) in self.into_entries() {
            mapped.skip_to(index);
            mapped.add(map(entry));
        }
        mapped.skip_to(next);
        mapped
    }
}
