//! `gather!`: run all, results in argument order.

mod collection;
mod finish;
mod limit;
mod node;
mod turn;

use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

pub use self::{
    collection::{Counted, Listed, Shape, Spread},
    finish::{Among, Finish, Late, Outside, Partly, Whenever, Within},
    limit::{Limit, Limited, Unlimited},
    node::{Empty, Leaf, Node, Pair},
};
use self::{
    node::ErrorOf,
    turn::{All, New, Turn},
};
use crate::{
    TimedOut,
    panics::Panics,
    set::Wakes,
    trace::{self, Call, Macro},
};

/// Up to so many branches are all polled on each wake, with the caller's waker: making a waker for each costs more.
const FEW: usize = 3;
/// What one word of words of branches can hold.
const MANY: usize = 64 * 64;

pin_project! {
    /// The future of a [`gather!`](crate::gather) call.
    ///
    /// Its parameters are the call's branches and options; there is no need to name them. It is a future like any
    /// other: it does nothing before it is polled.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops the branches, in argument order, and what is done of them.
    ///
    /// # Panics
    ///
    /// A panic of a branch goes on from here, after all others were dropped. Polled after it was ready, it panics.
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Gather<N: Node, L, G> {
        #[pin]
        node: N,
        wakes: Wakes,
        limit: L,
        #[pin]
        finish: G,
        call: Call,
    }

    impl<N: Node, L, G> PinnedDrop for Gather<N, L, G> {
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

/// Begins a gather of all that `node` holds.
#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub(crate) fn gather<N: Node, L: Limit, G: Finish<N>>(
    mut node: N,
    limit: L,
    finish: G,
) -> Gather<N, L, G> {
    const {
        assert!(
            N::BRANCHES <= MANY,
            "`gather!` takes at most 4096 branches; spread a collection for more"
        );
    };
    if L::LIMITED {
        node.expect(limit.places());
    } else {
        node.drain();
    }
    let call = Call::new(Macro::Gather, || node.count());
    Gather {
        node,
        wakes: Wakes::new(),
        limit,
        finish,
        call,
    }
}

/// Drops all futures and then all results; later wakes reach nobody.
#[inline]
fn abandon<N: Node>(mut node: Pin<&mut N>, wakes: &mut Wakes, panics: &mut Panics) {
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
struct Guard<'a, N: Node> {
    node: Pin<&'a mut N>,
    wakes: &'a mut Wakes,
}

impl<N: Node> Drop for Guard<'_, N> {
    fn drop(&mut self) {
        let mut panics = Panics::default();
        abandon(self.node.as_mut(), self.wakes, &mut panics);
        panics.resume();
    }
}

impl<N: Node> Guard<'_, N> {
    /// Polls what is to be polled.
    #[inline]
    fn step<L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        late: bool,
    ) -> Result<Step, ErrorOf<N>> {
        if N::BRANCHES <= FEW {
            let mut turn = Turn::new(All(cx), limit, N::BRANCHES, late);
            self.node.as_mut().poll(0, &mut turn)?;
            let (live, cut) = (turn.live, turn.cut);
            self.wakes.begun();
            return Ok(Step::of(live, cut));
        }
        if self.wakes.is_fresh() {
            return self.first(cx, limit, late);
        }
        self.again(cx, limit, late)
    }

    /// Polls what was woken, and starts what there are places for. Apart from the first poll, which can then be compiled
    /// into its caller.
    #[inline(never)]
    fn again<L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        late: bool,
    ) -> Result<Step, ErrorOf<N>> {
        let live = self.wakes.live();
        let Some(woken) = self.wakes.take(cx.waker()) else {
            return Ok(Step::Waiting);
        };
        let mut turn = Turn::new(woken, limit, live, late);
        self.node.as_mut().poll(0, &mut turn)?;
        let (mut live, mut cut) = (turn.live, turn.cut);
        if L::LIMITED && turn.limit.reaches(N::BRANCHES) {
            let more = New(turn.wakers.end());
            let mut turn = Turn::new(more, limit, live, late);
            self.node.as_mut().poll(0, &mut turn)?;
            live = turn.live;
            cut |= turn.cut;
        }
        self.wakes.set_live(live);
        Ok(Step::of(live, cut))
    }

    /// Polls branches for the first time, when none was polled before.
    #[inline]
    fn first<L: Limit>(
        &mut self,
        cx: &mut Context<'_>,
        limit: &mut L,
        late: bool,
    ) -> Result<Step, ErrorOf<N>> {
        let Self { node, wakes } = self;
        let (live, cut) = wakes.first(N::BRANCHES, cx.waker(), |first| {
            let mut turn = Turn::new(New(first), limit, N::BRANCHES, late);
            node.as_mut().poll(0, &mut turn)?;
            Ok((turn.live, turn.cut))
        })?;
        wakes.set_live(live);
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

impl<N: Node, L: Limit, G: Finish<N>> Future for Gather<N, L, G> {
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
            let step = guard.step(cx, this.limit, this.finish.is_late());
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
fn early<N: Node, G: Finish<N>>(
    end: End<ErrorOf<N>>,
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

impl<N: Node, L, G> fmt::Debug for Gather<N, L, G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather")
            .field("branches", &N::BRANCHES)
            .finish_non_exhaustive()
    }
}
