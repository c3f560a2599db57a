//! Arms that are one future each: they stay where the loop is, in a tree of pairs.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::{
    Either,
    arms::{ArmLeaf, ArmPair},
};
use crate::{
    completion::{Live, Take},
    end_policy::EndPolicy,
    error::TimedOut,
    mode::AsValue,
    panics::{Panics, drop_before},
    pending::One,
    set::{Close, Outlined, Progress, StaticSet},
    supply::Make,
    trace::{self, BranchId, Watched},
};

pin_project! {
    /// The future of an arm in a loop with the timeout policy `C`, or its result.
    #[project = SlotProjection]
    #[project_replace = SlotReplaced]
    pub enum Slot<F, C, T> {
        /// It is not done.
        Running { #[pin] future: Watched!(F, AsValue), clock: PhantomData<fn() -> C> },
        /// It is done, and its result was not handed out.
        Done { output: T },
        /// The result was taken, or the future was dropped.
        Gone,
    }
}

pin_project! {
    /// The slots of two parts of the tree.
    pub struct Slots<A, B> {
        #[pin]
        first: A,
        #[pin]
        second: B,
    }
}

/// Arms, which are numbered in source order.
pub trait Tree {
    /// The number of arms.
    const ARMS: usize;
    /// The item that an arm yields.
    type Output;

    /// Returns the arms that have not ended, as bits.
    fn live(&self) -> u64;

    /// Polls an arm, and keeps its result. Returns whether it is done.
    fn poll(self: Pin<&mut Self>, arm: usize, cx: &mut Context<'_>) -> bool;

    /// Takes the result of an arm that is done.
    fn take(self: Pin<&mut Self>, arm: usize) -> Self::Output;

    /// Drops the future or the result of an arm.
    fn clear(self: Pin<&mut Self>, arm: usize);

    /// Keeps what this arm gives at the deadline. Returns whether it gives anything.
    fn expire(self: Pin<&mut Self>, arm: usize, late: TimedOut) -> bool;
}

impl<F, T, C> Tree for Slot<F, C, C::Item<T>>
where
    F: Future<Output = T>,
    C: EndPolicy,
{
    const ARMS: usize = 1;
    type Output = C::Item<T>;

    #[inline]
    fn live(&self) -> u64 {
        u64::from(matches!(self, Self::Running { .. }))
    }

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _: usize, cx: &mut Context<'_>) -> bool {
        let SlotProjection::Running { future, .. } = self.as_mut().project() else {
            return false;
        };
        let Poll::Ready(output) = future.poll(cx) else {
            return false;
        };
        let output = drop_before::<F, _>(|| self.set(Self::Gone), output);
        let output = C::item(output);
        self.set(Self::Done { output });
        true
    }

    #[inline]
    fn take(self: Pin<&mut Self>, _: usize) -> Self::Output {
        match self.project_replace(Self::Gone) {
            SlotReplaced::Done { output } => output,
            _ => unreachable!("the arm is done"),
        }
    }

    #[inline]
    fn clear(mut self: Pin<&mut Self>, _: usize) {
        self.set(Self::Gone);
    }

    fn expire(mut self: Pin<&mut Self>, _: usize, late: TimedOut) -> bool {
        let output = C::timeout_item(late);
        let is_some = output.is_some();
        self.set(output.map_or(Self::Gone, |output| Self::Done { output }));
        is_some
    }
}

impl<A: Tree, B: Tree> Tree for Slots<A, B> {
    const ARMS: usize = A::ARMS + B::ARMS;
    type Output = Either<A::Output, B::Output>;

    #[inline]
    fn live(&self) -> u64 {
        self.first.live() | self.second.live() << A::ARMS
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, arm: usize, cx: &mut Context<'_>) -> bool {
        let this = self.project();
        if arm < A::ARMS {
            this.first.poll(arm, cx)
        } else {
            this.second.poll(arm - A::ARMS, cx)
        }
    }

    #[inline]
    fn take(self: Pin<&mut Self>, arm: usize) -> Self::Output {
        let this = self.project();
        if arm < A::ARMS {
            Either::First(this.first.take(arm))
        } else {
            Either::Second(this.second.take(arm - A::ARMS))
        }
    }

    #[inline]
    fn clear(self: Pin<&mut Self>, arm: usize) {
        let this = self.project();
        if arm < A::ARMS {
            this.first.clear(arm);
        } else {
            this.second.clear(arm - A::ARMS);
        }
    }

    fn expire(self: Pin<&mut Self>, arm: usize, late: TimedOut) -> bool {
        let this = self.project();
        if arm < A::ARMS {
            this.first.expire(arm, late)
        } else {
            this.second.expire(arm - A::ARMS, late)
        }
    }
}

/// Makes the slots of some arms.
pub trait Arm {
    /// The type of the slots.
    type Slots: Tree;

    /// Makes them; the first has this number.
    fn make(self, first: usize) -> Self::Slots;
}

impl<F, T, M, C> Arm for ArmLeaf<F, One<M>, C>
where
    F: Future<Output = T>,
    M: Make<F>,
    C: EndPolicy,
{
    type Slots = Slot<F, C, C::Item<T>>;

    #[inline]
    fn make(self, arm: usize) -> Self::Slots {
        match self.into_source() {
            Some(source) => Slot::Running {
                future: trace::branch::<_, AsValue>(source.of.0.make(), BranchId::Index(arm)),
                clock: PhantomData,
            },
            None => Slot::Gone,
        }
    }
}

/// Stands in for an arm with a mistake, which is reported elsewhere.
impl<F, T, C> Arm for ArmLeaf<F, (), C>
where
    F: Future<Output = T>,
    C: EndPolicy,
{
    type Slots = Slot<F, C, C::Item<T>>;

    fn make(self, _: usize) -> Self::Slots {
        Slot::Gone
    }
}

impl<A: Arm, B: Arm> Arm for ArmPair<A, B> {
    type Slots = Slots<A::Slots, B::Slots>;

    #[inline]
    fn make(self, first: usize) -> Self::Slots {
        Slots {
            first: self.0.make(first),
            second: self.1.make(first + A::Slots::ARMS),
        }
    }
}

pin_project! {
    /// The arms of a loop.
    pub struct Arms<A: Tree> {
        #[pin]
        slots: A,
        few: StaticSet,
    }

    impl<A: Tree> PinnedDrop for Arms<A> {
        fn drop(this: Pin<&mut Self>) {
            this.clear();
        }
    }
}

impl<A: Tree> Arms<A> {
    /// Drops the futures in the order of the arms, and then the results in the order in which they came.
    fn clear(mut self: Pin<&mut Self>) {
        let mut panics = Panics::default();
        self.as_mut().drop_futures(&mut panics);
        let mut this = self.project();
        while let Some(arm) = this.few.pop() {
            panics.run(|| this.slots.as_mut().clear(arm));
        }
        panics.resume();
    }

    /// Drops the futures in the order of the arms. Later wakes have no effect.
    fn drop_futures(self: Pin<&mut Self>, panics: &mut Panics) {
        let mut this = self.project();
        for arm in arms_of(this.few.live()) {
            panics.run(|| this.slots.as_mut().clear(arm));
        }
        panics.run(|| this.few.end());
    }
}

/// Returns the arms that have their bits set.
fn arms_of(bits: u64) -> impl Iterator<Item = usize> {
    (0..StaticSet::MOST).filter(move |arm| bits & 1 << arm != 0)
}

/// Makes the arms of a loop.
#[inline]
pub(crate) fn arms<A: Arm>(arms: A) -> Outlined<Arms<A::Slots>> {
    let slots = arms.make(0);
    let few = StaticSet::new(A::Slots::ARMS, slots.live());
    Outlined::new(Arms { slots, few })
}

/// Drops everything when an arm panics.
struct Guard<'a, 'b, A: Tree>(&'a mut Pin<&'b mut Arms<A>>);

impl<A: Tree> Drop for Guard<'_, '_, A> {
    #[cold]
    fn drop(&mut self) {
        self.0.as_mut().clear();
    }
}

impl<A: Tree> Live for Pin<&mut Arms<A>> {
    type Output = A::Output;

    fn turn(&mut self, cx: &mut Context<'_>, _: Option<usize>, take: Take) -> Progress {
        let guard = Guard(self);
        let mut this = guard.0.as_mut().project();
        let turn = this.few.poll(cx, take == Take::One, &mut |arm, cx| {
            this.slots.as_mut().poll(arm, cx)
        });
        std::mem::forget(guard);
        turn
    }

    fn len(&self) -> usize {
        self.few.live().count_ones() as usize + self.few.ready()
    }

    fn ready(&self) -> usize {
        self.few.ready()
    }

    fn pop(&mut self) -> Option<(usize, A::Output)> {
        let this = self.as_mut().project();
        let arm = this.few.pop()?;
        Some((arm, this.slots.take(arm)))
    }

    fn is_live(&self) -> bool {
        self.few.live() != 0
    }

    fn taken(&self) -> usize {
        Live::len(self)
    }

    fn close(&mut self, close: Close, _: Option<usize>) {
        self.as_mut().project().few.close(close);
    }

    // Only the loop polls its arms, and only its own deadline applies to them.
    fn reopen(&mut self) {}

    fn rest(&mut self) {}

    fn expire(&mut self, late: TimedOut) -> Option<TimedOut> {
        let live = self.few.live();
        let mut panics = Panics::default();
        self.as_mut().drop_futures(&mut panics);
        panics.resume();
        let mut this = self.as_mut().project();
        for arm in arms_of(live) {
            if this.slots.as_mut().expire(arm, late) {
                this.few.push(arm);
            }
        }
        None
    }

    fn stop(&mut self, keeps_results: bool) {
        if !keeps_results {
            return self.as_mut().clear();
        }
        let mut panics = Panics::default();
        self.as_mut().drop_futures(&mut panics);
        panics.resume();
    }
}
