//! Traps that joining futures has fallen into elsewhere: each test is named after one, and fails where it is.
//!
//! Where `futures` or `tokio` has the trap, its test shows it there too.

mod budgets;
mod limits;
mod loops;
mod losses;
mod polls;
mod wakers;

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rejoin::{Pending, as_completed, gather, task_group, wait};
use rejoin_tests::Hand;

type Boxed<'a, T = ()> = Pin<Box<dyn Future<Output = T> + 'a>>;
type BoxedSend<'a, T = ()> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What all of the following tests ask of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Gather,
    Stream,
    Loop,
    ForEach,
    Wait,
    /// A `wait!` for each result.
    Waits,
    /// Scoped children.
    Group,
}

const FORMS: [Form; 7] = [
    Form::Gather,
    Form::Stream,
    Form::Loop,
    Form::ForEach,
    Form::Wait,
    Form::Waits,
    Form::Group,
];

impl Form {
    /// A future that ends when all branches have.
    fn of<'a, F: Future<Output = ()> + Send + 'a>(self, branches: Vec<F>) -> Boxed<'a> {
        match self {
            Self::Gather => Box::pin(async { drop(gather!(..branches).await) }),
            Self::Stream => Box::pin(async {
                let mut results = as_completed!(..branches);
                while results.next().await.is_some() {}
            }),
            Self::Loop => Box::pin(async { as_completed!(for () in ..branches {}) }),
            Self::ForEach => Box::pin(as_completed!(..branches).for_each(async |()| ())),
            Self::Wait => Box::pin(async { drop(wait!(..branches).await) }),
            Self::Waits => Box::pin(async {
                let mut left = Pending::from_iter(branches);
                while !left.is_empty() {
                    left = wait!(..left, return_when = FIRST_COMPLETED).await.1;
                }
            }),
            Self::Group => Box::pin(task_group!(move |tg| {
                for branch in branches {
                    tg.spawn_scoped(branch);
                }
            })),
        }
    }

    /// The same with a deadline; gives whether all were in time.
    fn within<'a, F: Future<Output = ()> + Send + 'a>(
        self,
        after: Duration,
        branches: Vec<F>,
    ) -> Boxed<'a, bool> {
        match self {
            Self::Gather => {
                Box::pin(async move { gather!(..branches, timeout = after).await.is_ok() })
            }
            Self::Stream => Box::pin(async move {
                let mut results = as_completed!(..branches, timeout = after);
                while let Some(item) = results.next().await {
                    if item.is_err() {
                        return false;
                    }
                }
                true
            }),
            Self::Loop => Box::pin(async move {
                as_completed!(
                    for item in ..branches {
                        if item.is_err() {
                            return false;
                        }
                    },
                    timeout = after
                );
                true
            }),
            Self::ForEach => Box::pin(async move {
                let mut in_time = true;
                as_completed!(..branches, timeout = after)
                    .for_each(async |item| in_time &= item.is_ok())
                    .await;
                in_time
            }),
            Self::Wait => Box::pin(async move {
                let (_, left) = wait!(..branches, timeout = after).await;
                left.is_empty()
            }),
            Self::Waits => Box::pin(async move {
                let mut left = Pending::from_iter(branches);
                while !left.is_empty() {
                    let before = left.len();
                    let next = wait!(..left, return_when = FIRST_COMPLETED, timeout = after);
                    left = next.await.1;
                    if left.len() == before {
                        return false;
                    }
                }
                true
            }),
            Self::Group => Box::pin(async move {
                task_group!(
                    move |tg| {
                        for branch in branches {
                            tg.spawn_scoped(branch);
                        }
                    },
                    timeout = after
                )
                .await
                .is_ok()
            }),
        }
    }

    /// The same under a limit; there is an iterator where one is taken.
    fn at_most<'a, F: Future<Output = ()> + Send + 'a>(
        self,
        limit: usize,
        branches: impl Iterator<Item = F> + 'a,
    ) -> Boxed<'a> {
        match self {
            Self::Gather => Box::pin(async move { drop(gather!(..branches, limit = limit).await) }),
            Self::Stream => Box::pin(async move {
                let mut results = as_completed!(..branches, limit = limit);
                while results.next().await.is_some() {}
            }),
            Self::Loop => {
                Box::pin(async move { as_completed!(for () in ..branches {}, limit = limit) })
            }
            Self::ForEach => {
                Box::pin(as_completed!(..branches, limit = limit).for_each(async |()| ()))
            }
            Self::Wait => Box::pin(async move { drop(wait!(..branches, limit = limit).await) }),
            Self::Waits => Box::pin(async move {
                let (_, mut left) = wait!(..branches, limit = limit, timeout = 0s).await;
                while left.next().await.is_some() {}
            }),
            Self::Group => Box::pin(task_group!(
                async move |tg| {
                    let mut branches = branches;
                    loop {
                        tg.ready().await;
                        let Some(branch) = branches.next() else {
                            break;
                        };
                        tg.spawn_scoped(branch);
                    }
                },
                limit = limit
            )),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn total<T>(hands: &[Hand<T>]) -> usize {
    hands.iter().map(Hand::polls).sum()
}
