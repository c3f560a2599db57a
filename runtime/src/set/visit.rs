//! What the engine, which is compiled once, knows of the futures of a set.

use std::{
    alloc::Layout,
    future::Future,
    marker::PhantomData,
    mem,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll},
};

use crate::panics::drop_before;

/// How futures of one type are laid out and dropped.
pub(super) struct Vtable {
    pub(super) layout: Layout,
    /// `None` where there is nothing to drop.
    pub(super) drop: Option<unsafe fn(*mut ())>,
}

impl Vtable {
    /// Returns that of `F`.
    pub(super) const fn of<F>() -> &'static Self {
        const {
            &Self {
                layout: Layout::new::<F>(),
                drop: if mem::needs_drop::<F>() {
                    Some(drop_at::<F>)
                } else {
                    None
                },
            }
        }
    }
}

/// Drops a future where it is.
///
/// # Safety
///
/// It is an `F`, which is not used after this.
unsafe fn drop_at<F>(future: *mut ()) {
    // SAFETY: as the caller says.
    unsafe { future.cast::<F>().drop_in_place() }
}

/// A slot that holds a future, to be polled.
///
/// Invariant: the slot at `future` holds one, which stays there until it is dropped and which nobody else reaches. It is
/// said to be there by the `bit` of `live`.
pub(super) struct Occupied<'a> {
    future: *mut (),
    live: &'a mut u64,
    bit: u64,
}

impl<'a> Occupied<'a> {
    /// # Safety
    ///
    /// As the invariant says.
    #[inline]
    pub(super) unsafe fn new(future: *mut (), live: &'a mut u64, bit: u64) -> Self {
        Self { future, live, bit }
    }

    /// Polls the future, and drops it before the output is returned.
    ///
    /// # Safety
    ///
    /// The future is an `F`.
    #[inline]
    unsafe fn poll<F: Future>(self, cx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.future.cast::<F>();
        // SAFETY: it is there, stays there, and is reached by this pointer alone.
        let Poll::Ready(output) = unsafe { Pin::new_unchecked(&mut *future) }.poll(cx) else {
            return Poll::Pending;
        };
        *self.live ^= self.bit;
        // SAFETY: the slot held the future, and no longer counts as such, also if the drop panics.
        let drop = || unsafe { future.drop_in_place() };
        Poll::Ready(drop_before::<F, _>(drop, output))
    }
}

/// What came of a poll.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Visited {
    /// The future is not done.
    Pending,
    /// It is done.
    Done,
    /// It is done, and no other is to be polled.
    Stopped,
}

/// Polls futures of a type that it knows, and takes their outputs.
pub(super) trait Visit {
    /// Polls the future, which has this index.
    ///
    /// # Safety
    ///
    /// It is of the type that the visitor knows.
    unsafe fn visit(&mut self, slot: Occupied<'_>, index: usize, cx: &mut Context<'_>) -> Visited;
}

/// A visitor that gives each output to a closure, and keeps the value with which that one stops.
pub(super) struct Visitor<F, D, B> {
    done: D,
    stopped: Option<B>,
    futures: PhantomData<fn(F)>,
}

impl<F: Future, B, D: FnMut(usize, F::Output) -> ControlFlow<B>> Visitor<F, D, B> {
    #[inline]
    pub(super) fn new(done: D) -> Self {
        Self {
            done,
            stopped: None,
            futures: PhantomData,
        }
    }

    /// Returns the value with which the closure has stopped the visits.
    #[inline]
    pub(super) fn into_stopped(self) -> Option<B> {
        self.stopped
    }
}

impl<F: Future, B, D: FnMut(usize, F::Output) -> ControlFlow<B>> Visit for Visitor<F, D, B> {
    unsafe fn visit(&mut self, slot: Occupied<'_>, index: usize, cx: &mut Context<'_>) -> Visited {
        // SAFETY: as the caller says.
        match unsafe { slot.poll::<F>(cx) } {
            Poll::Pending => Visited::Pending,
            Poll::Ready(output) => match (self.done)(index, output) {
                ControlFlow::Continue(()) => Visited::Done,
                ControlFlow::Break(stop) => {
                    self.stopped = Some(stop);
                    Visited::Stopped
                }
            },
        }
    }
}

/// A visitor, for the futures of the set that it is used with.
pub(super) struct Visits<'a>(&'a mut dyn Visit);

impl<'a> Visits<'a> {
    /// # Safety
    ///
    /// It is used with a set only whose futures are of the type that the visitor knows.
    #[inline]
    pub(super) unsafe fn new(visitor: &'a mut dyn Visit) -> Self {
        Self(visitor)
    }

    /// Polls the future in a slot, which has this index.
    #[inline]
    pub(super) fn visit(
        &mut self,
        slot: Occupied<'_>,
        index: usize,
        cx: &mut Context<'_>,
    ) -> Visited {
        // SAFETY: as is said at `new`.
        unsafe { self.0.visit(slot, index, cx) }
    }
}
