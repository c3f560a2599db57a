//! `gather!`: run all, results in argument order.

mod build;
mod collection;
mod dependencies;
mod dependent;
mod driver;
mod early_end;
mod finish;
mod flat;
mod limit;
mod need;
mod need_output;
mod node;
mod shared;
mod turn;

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use self::driver::End;
pub(crate) use self::{build::gathering, node::Kind, turn::Turn};
pub use self::{
    build::{
        Build, KeepKeysBuilder, LeafBuilder, PairBuilder, Part, SharingBuilder, SpreadBuilder,
    },
    collection::{IntoArray, IntoVec, Shape, Spread, Taken},
    dependencies::Dependent,
    dependent::{
        call, depends_1, depends_2, depends_3, depends_4, depends_5, depends_6, depends_7,
        depends_8,
    },
    early_end::{Clock, EndSource, UntilOrClock},
    finish::{
        AsError, AtCompletion, Convert, ConvertBoth, Finish, OnEarlyEnd, OuterError, PartialOutput,
        WithEarlyEnd,
    },
    flat::{Bare, By, Flat, Flatten},
    limit::{Limit, Limited, Unlimited},
    need::{Fallible, IntoOne, Needed, Needing},
    need_output::{NeedOutput, NoConversion, TooFewAsError, Unconverted},
    node::{Branches, Empty, KeepKeys, Leaf, Node, Pair, Partial},
    shared::{SharedValue, Sharing},
};
use crate::{
    mode::Mode,
    set::{Outlined, StaticWakers},
    trace::Call,
};

/// The number of branches that two levels of words can represent.
const MAX_BRANCHES: usize = 64 * 64;

pin_project! {
    /// The future of a [`gather!`](crate::gather) call.
    ///
    /// Its parameter stands for the call's branches and options and need not be named. It does nothing before it is
    /// polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the branches in argument order, and then the results that have arrived.
    ///
    /// # Panics
    ///
    /// Resumes the panic of a branch, after all other branches were dropped. Panics if it is polled after it was ready.
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Gather<F> {
        #[pin]
        inner: Outlined<F>,
    }
}

impl<F> Gather<F> {
    #[inline]
    pub(crate) const fn new(inner: F) -> Self {
        Self {
            inner: Outlined::new(inner),
        }
    }
}

impl<F: Future> Future for Gather<F> {
    type Output = F::Output;

    #[allow(
        clippy::inline_always,
        reason = "it hands on; what is inside may then be inlined or not, as if this were not there"
    )]
    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().inner.pinned().poll(cx)
    }
}

impl<F> fmt::Debug for Gather<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

pin_project! {
    /// A gather at work.
    pub struct Gathering<N: Branches, V, M, L, G> {
        #[pin]
        node: N,
        wakes: StaticWakers,
        limit: L,
        #[pin]
        finish: G,
        call: Call,
        gives: PhantomData<fn() -> (V, M)>,
    }

    impl<N: Branches, V, M, L, G> PinnedDrop for Gathering<N, V, M, L, G> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !this.wakes.is_over() {
                driver::abandon(this.node, this.wakes);
            }
        }
    }
}

impl<N, V, M, L, G> Future for Gathering<N, V, M, L, G>
where
    N: Node<V, M::Error>,
    M: Mode,
    L: Limit,
    G: Finish<N, V, M>,
{
    type Output = G::Output;

    // A future that awaits a call may be compiled several times, and this once.
    #[inline(never)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G::Output> {
        let mut this = self.project();
        assert!(!this.wakes.is_over(), "`gather!` polled after it was ready");
        let end = this.call.run(|ending| {
            let (starts, source) = (this.limit.starts(), this.finish.as_mut().source());
            let (node, keeps_results) = (this.node.as_mut(), G::KEEPS_RESULTS);
            let end = driver::poll(node, this.wakes, starts, source, keeps_results, cx);
            if let Poll::Ready(end) = &end {
                ending.is(end.outcome::<G::Source>());
            }
            end
        });
        Poll::Ready(match ready!(end) {
            End::Complete => this.finish.complete(this.node),
            End::Failed(error) => this.finish.fail(error),
            End::Early(end) => this.finish.end_early(this.node, end),
        })
    }
}
