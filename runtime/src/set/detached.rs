//! Futures that leave their set, one by one, and stay where they are.

use std::{
    future::Future,
    marker::PhantomData,
    mem::ManuallyDrop,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    Set,
    memory::Memory,
    order::Order,
    raw::RawSet,
    segments::{Segments, SlotAddr},
    slots::Segment,
    visit::Vtable,
};

/// A future that has left its set and is polled and dropped by its holder, or an output that was not taken there.
///
/// It is polled through a function pointer, because each entry of a set may hold one but few do. So the code of the
/// future is not compiled again for entries.
///
/// # Invariants
///
/// - `poll` is the function for the value at the pointer, and returns a `T`.
/// - The value at the pointer owns nothing that lives shorter than an `F` and a `T`, and it may be sent and shared
///   wherever both of them may.
pub struct Detached<F, T> {
    raw: RawDetached,
    poll: unsafe fn(*mut (), &mut Context<'_>) -> Poll<T>,
    owns: PhantomData<(F, T)>,
}

// The future is pinned where it is, not here.
impl<F, T> Unpin for Detached<F, T> {}

impl<F, T> Detached<F, T> {
    /// Returns an output, as a future that is ready.
    pub(super) fn output(output: T) -> Self {
        let memory = Memory::new(Vtable::of::<Option<T>>(), 1);
        let slot = memory.slot(0);
        // SAFETY: the slot is for an `Option<T>`.
        unsafe { slot.cast::<Option<T>>().write(Some(output)) };
        Self {
            raw: RawDetached::new(slot, Arc::new(memory)),
            poll: take_at::<T>,
            owns: PhantomData,
        }
    }

    /// Polls the future.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        // SAFETY: the function is the one for the value there, which is initialized, owned, and pinned.
        unsafe { (self.poll)(self.raw.future, cx) }
    }

    /// Returns the same future, as one that belongs to a `G`.
    ///
    /// # Safety
    ///
    /// What an `F` and a `T` own lives as long as a `G` and a `T`, and may go to or be shared with other threads where both of these may.
    pub(super) unsafe fn belonging_to<G>(self) -> Detached<G, T> {
        Detached {
            raw: self.raw,
            poll: self.poll,
            owns: PhantomData,
        }
    }
}

/// Takes an output out of the slot that holds it.
///
/// # Safety
///
/// `output` points to an `Option<T>`, to which the caller has exclusive access.
unsafe fn take_at<T>(output: *mut (), _: &mut Context<'_>) -> Poll<T> {
    // SAFETY: as the caller says.
    let output = unsafe { &mut *output.cast::<Option<T>>() };
    Poll::Ready(output.take().expect("it is polled once"))
}

/// Polls a future in its slot.
///
/// # Safety
///
/// `future` points to a pinned `F`, to which the caller has exclusive access.
unsafe fn poll_at<F: Future>(future: *mut (), cx: &mut Context<'_>) -> Poll<F::Output> {
    // SAFETY: as the caller says.
    unsafe { Pin::new_unchecked(&mut *future.cast::<F>()) }.poll(cx)
}

/// A value of any type that was in a set.
///
/// # Invariants
///
/// - The value is initialized until this is dropped, and no other `RawDetached` points to it: this owns it.
/// - It is pinned: it stays at its address until it is dropped.
/// - It is in `memory`, and the `vtable` of that memory is the one of its type.
struct RawDetached {
    future: *mut (),
    memory: ManuallyDrop<Arc<Memory>>,
}

// SAFETY: a `RawDetached` owns its value as a `Box` does; whether that may go to another thread is said by the `Detached` around it.
unsafe impl Send for RawDetached {}
// SAFETY: as above.
unsafe impl Sync for RawDetached {}

impl RawDetached {
    fn new(future: *mut (), memory: Arc<Memory>) -> Self {
        Self {
            future,
            memory: ManuallyDrop::new(memory),
        }
    }
}

impl Drop for RawDetached {
    // Not a part of the glue that drops an entry, which is compiled for each type of futures.
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: it is not used after this.
        let memory = unsafe { ManuallyDrop::take(&mut self.memory) };
        if let Some(drop) = memory.vtable().drop {
            // SAFETY: it is initialized, owned, and not used after this. The memory is there until `memory` is dropped, which
            // is after this, also if it panics.
            unsafe { drop(self.future) }
        }
    }
}

impl RawSet {
    /// Takes the futures out in the order of their indices, each with its index. Later wakes have no effect.
    fn dissolve(&mut self) -> Vec<(usize, RawDetached)> {
        let held = self.held_last_first();
        let empty = Segments::empty(self.segments.vtable());
        let mut segments = std::mem::replace(&mut self.segments, empty);
        self.primary = None;
        self.running = 0;
        self.order = Order::default();
        let memory = segments.iter_mut().map(Segment::take_memory);
        let memory: Vec<_> = memory.map(Arc::new).collect();
        let all = held.into_iter().rev().map(|(index, id)| {
            let SlotAddr { segment, slot } = segments.address(id);
            let memory = Arc::clone(&memory[segment]);
            let future = memory.slot(slot);
            (index, RawDetached::new(future, memory))
        });
        let all: Vec<_> = all.collect();
        // Before the result is returned: wakers go with the segments, and if the drop of one panics, the futures are to be
        // dropped.
        drop(segments);
        all
    }
}

impl<F: Future> Set<F> {
    /// Takes the futures out in the order of their indices, each with its index. Later wakes of the set have no effect,
    /// so each future has to be polled again.
    pub(crate) fn into_detached(
        mut self,
    ) -> impl ExactSizeIterator<Item = (usize, Detached<F, F::Output>)> + use<F> {
        self.raw.dissolve().into_iter().map(|(index, raw)| {
            let held = Detached {
                raw,
                poll: poll_at::<F>,
                owns: PhantomData,
            };
            (index, held)
        })
    }
}
