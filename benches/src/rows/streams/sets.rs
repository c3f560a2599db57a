//! The contenders: sets of futures that return results in completion order.

use std::iter::empty;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt as _};

use crate::sheet::OURS;

/// A set of futures, used in the way that its documentation shows.
pub(super) trait Sets {
    const NAME: &'static str;

    /// Creates a set of these futures.
    fn of<F: Branch>(futures: impl ExactSizeIterator<Item = F>) -> impl Set<F>;
}

/// A set that grows.
pub(super) trait Grows: Sets {
    /// Pushes these futures to an empty set, without a size hint.
    fn grown<F: Branch>(futures: impl Iterator<Item = F>) -> impl Set<F>;
}

/// The futures of the sets.
pub(super) trait Branch: Future<Output = u64> + Unpin {}

impl<F: Future<Output = u64> + Unpin> Branch for F {}

/// A set.
pub(super) trait Set<F>: Stream<Item = u64> + Unpin {
    /// Adds a future.
    fn push(&mut self, future: F);
}

/// A stream, and how a future is pushed to it.
struct Pushed<S, P> {
    stream: S,
    push: P,
}

impl<S: Stream + Unpin, P: Unpin> Stream for Pushed<S, P> {
    type Item = S::Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.stream.poll_next_unpin(cx)
    }
}

impl<F, S: Stream<Item = u64> + Unpin, P: Fn(&mut S, F) + Unpin> Set<F> for Pushed<S, P> {
    #[inline]
    fn push(&mut self, future: F) {
        (self.push)(&mut self.stream, future);
    }
}

/// Lets the compiler infer the parameter types of `push`.
const fn pushed<F, S, P: Fn(&mut S, F)>(stream: S, push: P) -> Pushed<S, P> {
    Pushed { stream, push }
}

/// Takes all results, one after another.
pub(super) async fn drain(mut stream: impl Stream<Item = u64> + Unpin) -> u64 {
    let mut sum = 0;
    while let Some(index) = stream.next().await {
        sum += index;
    }
    sum
}

macro_rules! contender {
    ($type:ident, $name:expr, |$futures:ident| $set:expr, |$stream:ident, $future:ident| $push:expr) => {
        pub(super) enum $type {}

        impl Sets for $type {
            const NAME: &'static str = $name;

            fn of<F: Branch>($futures: impl ExactSizeIterator<Item = F>) -> impl Set<F> {
                pushed($set, |$stream, $future| $push)
            }
        }
    };
    (
        $type:ident, $name:expr, |$futures:ident| $set:expr, |$stream:ident, $future:ident| $push:expr, $empty:expr
    ) => {
        contender!($type, $name, |$futures| $set, |$stream, $future| $push);

        impl Grows for $type {
            fn grown<F: Branch>(futures: impl Iterator<Item = F>) -> impl Set<F> {
                let mut set = pushed($empty, |$stream, $future: F| $push);
                for future in futures {
                    set.push(future);
                }
                set
            }
        }
    };
}

contender!(
    Unordered,
    "futures::FuturesUnordered",
    |futures| futures.collect::<futures::stream::FuturesUnordered<_>>(),
    |set, future| set.push(future),
    futures::stream::FuturesUnordered::new()
);
contender!(
    Bounded,
    "futures-buffered bounded",
    |futures| futures.collect::<futures_buffered::FuturesUnorderedBounded<_>>(),
    |set, future| set.push(future)
);
contender!(
    Growable,
    "futures-buffered growable",
    |futures| futures.collect::<futures_buffered::FuturesUnordered<_>>(),
    |set, future| set.push(future),
    futures_buffered::FuturesUnordered::new()
);
contender!(
    Group,
    "futures-concurrency",
    |futures| {
        let mut group = futures_concurrency::future::FutureGroup::with_capacity(futures.len());
        group.extend(futures);
        group
    },
    |group, future| {
        group.insert(future);
    }
);
contender!(
    Rejoin,
    OURS,
    |futures| rejoin::as_completed!(..futures),
    |stream, future| {
        stream.push(future);
    },
    rejoin::as_completed!(..empty::<F>())
);
