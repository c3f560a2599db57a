//! The arguments of a call as one source of futures: a set to go on with, and an iterator of what comes after it.

use std::{
    future::Future,
    iter::{Chain, Map},
    pin::Pin,
    task::{Context, Poll},
    vec,
};

use pin_project_lite::pin_project;

use super::{Entry, Pending};

/// Futures for a set.
pub struct Source<F: Future, I, T = <F as Future>::Output> {
    /// The first `..pending`, which keeps its indices.
    pub(crate) held: Option<Pending<F, T>>,
    /// The others, in argument order.
    pub(crate) rest: I,
}

/// What is left of a set that is not the first.
pub type Drained<F> = vec::IntoIter<Entry<F>>;

/// Futures that were never in a set.
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

/// Two sources of one type of future.
pub type Joined<F, I, J> = Source<F, Chain<Chain<I, Drained<F>>, J>>;

type Mapped<I, F, G> = Map<I, fn(Entry<F>) -> Entry<G>>;

/// Two sources of two types of futures.
pub type Summed<F, G, I, J> = Joined<Sum<F, G>, Mapped<I, F, Sum<F, G>>, Mapped<J, G, Sum<F, G>>>;

pin_project! {
    /// One of two types of futures that give the same.
    #[project = SumProjection]
    pub enum Sum<F: Future, G: Future, T = <F as Future>::Output> {
        /// Of the first type.
        First { #[pin] entry: Entry<F, T> },
        /// Of the second.
        Second { #[pin] entry: Entry<G, T> },
    }
}

impl<F: Future, G: Future<Output = F::Output>> Future for Sum<F, G> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        match self.project() {
            SumProjection::First { entry } => entry.poll(cx),
            SumProjection::Second { entry } => entry.poll(cx),
        }
    }
}

impl<F: Future, I> Source<F, I> {
    pub(crate) const fn of(pending: Pending<F>, rest: I) -> Self {
        Self {
            held: Some(pending),
            rest,
        }
    }
}

impl<F: Future, I: Iterator<Item = F>> Source<F, Owned<I>> {
    pub(crate) fn iter(futures: I) -> Self {
        Self {
            held: None,
            rest: Owned(futures),
        }
    }
}

impl<F: Future, I: Iterator<Item = Entry<F>>> Source<F, I> {
    pub(crate) fn join<J: Iterator<Item = Entry<F>>>(self, other: Source<F, J>) -> Joined<F, I, J> {
        let (held, drained) = match (self.held, other.held) {
            (Some(first), Some(second)) => (Some(first), second.into_drained()),
            (first, second) => (first.or(second), vec![].into_iter()),
        };
        Source {
            held,
            rest: self.rest.chain(drained).chain(other.rest),
        }
    }

    pub(crate) fn sum<G: Future<Output = F::Output>, J: Iterator<Item = Entry<G>>>(
        self,
        other: Source<G, J>,
    ) -> Summed<F, G, I, J> {
        let first: fn(Entry<F>) -> Entry<Sum<F, G>> = |entry| Entry::own(Sum::First { entry });
        let second: fn(Entry<G>) -> Entry<Sum<F, G>> = |entry| Entry::own(Sum::Second { entry });
        let one = Source {
            held: self.held.map(|held| held.map(first)),
            rest: self.rest.map(first),
        };
        let two = Source {
            held: other.held.map(|held| held.map(second)),
            rest: other.rest.map(second),
        };
        one.join(two)
    }

    /// All of it, as far as it is not done and handed out.
    pub(crate) fn into_entries(self) -> Chain<Drained<F>, I> {
        let held = self.held.map(Pending::into_drained);
        held.unwrap_or_else(|| vec![].into_iter()).chain(self.rest)
    }
}

impl<F: Future> Pending<F> {
    /// Everything in the set, in the order of indices.
    pub(crate) fn into_drained(self) -> Drained<F> {
        let entries: Vec<_> = (self.into_entries().into_iter())
            .map(|(_, entry)| entry)
            .collect();
        entries.into_iter()
    }

    /// The same set, with its indices, of futures of another type.
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
