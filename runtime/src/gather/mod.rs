//! `gather!`: run all, results in argument order.

mod build;
mod collection;
mod finish;
mod flat;
mod limit;
mod node;
mod turn;

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use self::turn::{All, New, Visits};
pub(crate) use self::{
    build::gathering,
    turn::{Turn, Wakers},
};
pub use self::{
    build::{Build, LeafBuilder, PairBuilder, Part, SpreadBuilder},
    collection::{Counted, Listed, Shape, Spread},
    finish::{Among, Finish, Late, Outside, Partly, Whenever, Within},
    flat::{Bare, By, Flat, Flatten},
    limit::{Limit, Limited, Unlimited},
    node::{Branches, Empty, Leaf, Node, Pair, Partial},
};
use crate::{
    TimedOut,
    mode::Mode,
    panics::Panics,
    set::{Close, Wakes, Woken},
    trace::{self, Call},
};

/// Up to so many branches are all polled on each wake, with the caller's waker: making a waker for each costs more.
const FEW: usize = 3;
/// What one word of words of branches can hold.
const MANY: usize = 64 * 64;

pin_project! {
    /// The future of a [`gather!`](crate::gather) call.
    ///
    /// Its parameter is the call's branches and options; there is no need to name it. It is a future like any other: it does
    /// nothing before it is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the branches, in argument order, and what is done of them.
    ///
    /// # Panics
    ///
    /// A panic of a branch goes on from here, after all others were dropped. Polled after it was ready, it panics.
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Gather<F> {
        #[pin]
        inner: F,
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
        self.project().inner.poll(cx)
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
        wakes: Wakes,
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
                let mut panics = Panics::default();
                abandon(this.node, this.wakes, &mut panics);
                panics.resume();
            }
        }
    }
}

/// Drops all futures and then all results; later wakes reach nobody.
#[inline]
fn abandon<N: Branches>(mut node: Pin<&mut N>, wakes: &mut Wakes, panics: &mut Panics) {
    wakes.close();
    node.as_mut().drop_futures(panics);
    node.drop_values(panics);
}

/// How far a poll got.
enum Step {
    Complete,
    Waiting,
    Cut,
}

/// Abandons the gather when a branch panics.
struct Guard<'a, N: Branches> {
    node: Pin<&'a mut N>,
    wakes: &'a mut Wakes,
}

impl<N: Branches> Drop for Guard<'_, N> {
    fn drop(&mut self) {
        let mut panics = Panics::default();
        abandon(self.node.as_mut(), self.wakes, &mut panics);
        panics.resume();
    }
}

impl<N: Branches> Guard<'_, N> {
    /// Polls what is to be polled. When the deadline has passed, `closing` says how the branches come to an end.
    #[inline]
    fn step<V, E, L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        closing: Option<Close>,
    ) -> Result<Step, E>
    where
        N: Node<V, E>,
    {
        if N::BRANCHES <= FEW {
            let start = self.wakes.start();
            if start > 0 {
                return self.all_from(start, cx, limit, closing);
            }
            let mut turn = Turn::new(All(cx, !0), limit, 0);
            if self.wakes.is_fresh() {
                turn.closing = closing;
            } else {
                turn.close(closing);
            }
            self.node.as_mut().poll(0, &mut turn)?;
            self.wakes.begun(turn.next_start);
            return Ok(Step::of(turn.live, turn.cut));
        }
        if self.wakes.is_fresh() {
            return self.first(cx, limit, closing);
        }
        self.again(cx, limit, closing)
    }

    /// Polls all branches, from `start` on, after a turn that was cut.
    #[cold]
    #[inline(never)]
    fn all_from<V, E, L: Limit>(
        &mut self,
        start: usize,
        cx: &mut Context<'_>,
        limit: &mut L,
        closing: Option<Close>,
    ) -> Result<Step, E>
    where
        N: Node<V, E>,
    {
        let mut turn = Turn::new(All(cx, !0), limit, 0);
        turn.close(closing);
        turn.begin_with(start);
        let before = (1 << start) - 1;
        for visits in [!before, before, !0] {
            if visits == !0 {
                if !L::LIMITED || !turn.limit.reaches(N::BRANCHES) {
                    break;
                }
                // A branch that was visited last has made room for one that was visited before it.
                turn.live = 0;
                turn.visits = Visits::New;
            }
            turn.wakers.1 = visits;
            if turn.any(0, N::BRANCHES) {
                self.node.as_mut().poll(0, &mut turn)?;
            }
        }
        self.wakes.begun(turn.next_start);
        Ok(Step::of(turn.live, turn.cut))
    }

    /// Polls the branches that were woken, from `start` on, after a turn that was cut.
    #[cold]
    #[inline(never)]
    fn woken_from<V, E, L: Limit>(
        start: usize,
        mut node: Pin<&mut N>,
        turn: &mut Turn<'_, Woken<'_>, L>,
    ) -> Result<(), E>
    where
        N: Node<V, E>,
    {
        turn.begin_with(start);
        for part in turn.wakers.parts_from(start) {
            if turn.wakers.go_to(part) {
                node.as_mut().poll(0, turn)?;
            }
        }
        Ok(())
    }

    /// Polls the branches that were woken, and starts those that there are places for. Apart from the first poll, which can
    /// then be compiled into its caller.
    #[inline(never)]
    fn again<V, E, L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        closing: Option<Close>,
    ) -> Result<Step, E>
    where
        N: Node<V, E>,
    {
        let Some((woken, progress)) = self.wakes.take(cx.waker()) else {
            return Ok(Step::Waiting);
        };
        let mut turn = Turn::new(woken, limit, progress.live());
        turn.close(closing);
        if progress.start() == 0 {
            self.node.as_mut().poll(0, &mut turn)?;
        } else {
            Self::woken_from(progress.start(), self.node.as_mut(), &mut turn)?;
        }
        let (mut live, mut cut, mut next_start) = (turn.live, turn.cut, turn.next_start);
        let mut more = turn.wakers.end();
        if L::LIMITED && turn.limit.reaches(N::BRANCHES) {
            let mut turn = Turn::new(New(more), limit, live);
            turn.closing = closing;
            turn.next_start = next_start;
            self.node.as_mut().poll(0, &mut turn)?;
            (live, next_start) = (turn.live, turn.next_start);
            cut |= turn.cut;
            more = turn.wakers.0;
        }
        more.keep(live, next_start);
        Ok(Step::of(live, cut))
    }

    /// Polls branches for the first time, when none was polled before.
    #[inline]
    fn first<V, E, L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        closing: Option<Close>,
    ) -> Result<Step, E>
    where
        N: Node<V, E>,
    {
        let Self { node, wakes } = self;
        let (live, cut, next_start) = wakes.first(N::BRANCHES, cx.waker(), |first| {
            let mut turn = Turn::new(New(first), limit, N::BRANCHES);
            turn.closing = closing;
            node.as_mut().poll(0, &mut turn)?;
            Ok((turn.live, turn.cut, turn.next_start))
        })?;
        wakes.keep(live, next_start);
        Ok(Step::of(live, cut))
    }
}

impl Step {
    #[inline]
    fn of(live: usize, cut: bool) -> Self {
        match (live, cut) {
            (0, _) => Self::Complete,
            (_, true) => Self::Cut,
            (_, false) => Self::Waiting,
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

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<G::Output> {
        let mut this = self.project();
        assert!(!this.wakes.is_over(), "`gather!` polled after it was ready");
        if this.wakes.is_fresh() {
            this.finish.as_mut().begin();
        }
        this.call.run(|ending| {
            let mut guard = Guard {
                node: this.node.as_mut(),
                wakes: this.wakes,
            };
            let step = guard.step(cx, this.limit, this.finish.closing());
            mem::forget(guard);
            let output = match step {
                Ok(Step::Complete) => {
                    this.wakes.close();
                    ending.is(trace::End::Ok);
                    return Poll::Ready(this.finish.complete(this.node));
                }
                Ok(Step::Cut) => {
                    this.finish.note_late(cx);
                    return Poll::Pending;
                }
                Ok(Step::Waiting) => match this.finish.as_mut().poll_late(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(late) => {
                        ending.is(trace::End::TimedOut);
                        End::Late(late)
                    }
                },
                Err(error) => {
                    ending.is(trace::End::Error);
                    End::Failed(error)
                }
            };
            Poll::Ready(early(output, this.node, this.wakes, this.finish))
        })
    }
}

/// Why a gather ends before all is done.
enum End<E> {
    Failed(E),
    Late(TimedOut),
}

/// Ends a gather early: what still runs is dropped before the caller sees anything.
#[cold]
fn early<N: Branches, V, M: Mode, G: Finish<N, V, M>>(
    end: End<M::Error>,
    mut node: Pin<&mut N>,
    wakes: &mut Wakes,
    finish: Pin<&mut G>,
) -> G::Output {
    wakes.close();
    let mut panics = Panics::default();
    node.as_mut().drop_futures(&mut panics);
    let output = match end {
        End::Failed(error) => finish.fail(error),
        End::Late(late) => finish.expire(node.as_mut(), late),
    };
    node.drop_values(&mut panics);
    if panics.is_some() {
        panics.drop(output);
        panics.resume();
        unreachable!("a panic was resumed");
    }
    output
}
