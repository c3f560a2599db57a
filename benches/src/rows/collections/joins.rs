//! The contenders: ways to join many futures of one type.

use futures_concurrency::future::{Join as _, TryJoin as _};

use crate::sheet::OURS;

/// A way to join futures, used as its documentation shows.
pub(super) trait Joins {
    const NAME: &'static str;

    fn join<F: Future<Output = u64>>(
        futures: impl Iterator<Item = F>,
    ) -> impl Future<Output = Vec<u64>>;
}

/// A way to join futures that may fail. The first error ends the call.
pub(super) trait TryJoins {
    const NAME: &'static str;

    fn join<F>(futures: impl Iterator<Item = F>) -> impl Future<Output = Result<Vec<u64>, Failed>>
    where
        F: Future<Output = Result<u64, Failed>>;
}

/// The error of a future that fails.
#[derive(Debug)]
pub(super) struct Failed;

macro_rules! contender {
    ($type:ident, $name:expr, |$futures:ident| $join:expr, $try_name:expr, $try_join:expr) => {
        pub(super) enum $type {}

        impl Joins for $type {
            const NAME: &'static str = $name;

            fn join<F: Future<Output = u64>>(
                $futures: impl Iterator<Item = F>,
            ) -> impl Future<Output = Vec<u64>> {
                $join
            }
        }

        impl TryJoins for $type {
            const NAME: &'static str = $try_name;

            fn join<F>(
                $futures: impl Iterator<Item = F>,
            ) -> impl Future<Output = Result<Vec<u64>, Failed>>
            where
                F: Future<Output = Result<u64, Failed>>,
            {
                $try_join
            }
        }
    };
}

contender!(
    JoinAll,
    "futures::join_all",
    |futures| futures::future::join_all(futures),
    "futures::try_join_all",
    futures::future::try_join_all(futures)
);
contender!(
    Buffered,
    "futures-buffered",
    |futures| futures_buffered::join_all(futures),
    "futures-buffered",
    futures_buffered::try_join_all(futures)
);
contender!(
    Concurrency,
    "futures-concurrency",
    |futures| futures.collect::<Vec<_>>().join(),
    "futures-concurrency",
    futures.collect::<Vec<_>>().try_join()
);
contender!(
    Rejoin,
    OURS,
    |futures| rejoin::gather!(..futures),
    OURS,
    rejoin::gather!(..futures)
);
