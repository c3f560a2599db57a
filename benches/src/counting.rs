//! A global allocator that counts allocations inside of [`count`].
//!
//! Outside of [`count`] it costs one load of a thread-local flag, so it hardly affects rows that are timed.

use std::cell::Cell;

/// The allocations inside of a [`count`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allocated {
    /// Calls that allocate memory. A reallocation counts as one more call.
    pub(crate) calls: u32,
    /// Allocated bytes of all calls, in 32 bits.
    pub(crate) bytes: u32,
    /// The peak of bytes in use, beyond those in use before.
    pub(crate) peak: u32,
}

const SMALL: &str = "less than 4 GiB";

/// The counts of a thread.
struct Counter {
    counting: Cell<bool>,
    calls: Cell<u32>,
    bytes: Cell<u32>,
    /// Negative if the work frees memory that was allocated before it.
    live: Cell<i64>,
    peak: Cell<i64>,
}

thread_local! {
    // This has no destructor and no lazy initialization, which could allocate, because the allocator itself reads it.
    static COUNTER: Counter = const {
        Counter {
            counting: Cell::new(false),
            calls: Cell::new(0),
            bytes: Cell::new(0),
            live: Cell::new(0),
            peak: Cell::new(0),
        }
    };
}

/// Does the work, and returns its result and its allocations in this thread.
pub(crate) fn count<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    COUNTER.with(|counter| {
        counter.calls.set(0);
        counter.bytes.set(0);
        counter.live.set(0);
        counter.peak.set(0);
        counter.counting.set(true);
        let value = work();
        counter.counting.set(false);
        let allocated = Allocated {
            calls: counter.calls.get(),
            bytes: counter.bytes.get(),
            peak: u32::try_from(counter.peak.get()).expect(SMALL),
        };
        (value, allocated)
    })
}

/// Counts an allocation.
fn note(bytes: usize) {
    COUNTER.with(|counter| {
        if counter.counting.get() {
            let bytes = u32::try_from(bytes).expect(SMALL);
            counter.calls.set(counter.calls.get() + 1);
            counter.bytes.set(counter.bytes.get() + bytes);
            let live = counter.live.get() + i64::from(bytes);
            counter.live.set(live);
            counter.peak.set(counter.peak.get().max(live));
        }
    });
}

/// Counts a deallocation.
fn note_freed(bytes: usize) {
    COUNTER.with(|counter| {
        if counter.counting.get() {
            let bytes = u32::try_from(bytes).expect(SMALL);
            counter.live.set(counter.live.get() - i64::from(bytes));
        }
    });
}

pub(crate) use allocator::keep_freed_memory;

#[expect(
    unsafe_code,
    reason = "a global allocator is an unsafe trait; every method hands on to the system's"
)]
mod allocator {
    use std::alloc::{GlobalAlloc, Layout, System};
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    use std::ffi::c_int;

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: this is glibc's declaration, which sets numbers and asks nothing of its caller.
    unsafe extern "C" {
        safe fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    /// Keeps freed memory in the process from now on, if the allocator supports it.
    ///
    /// Otherwise glibc returns the end of the heap to the system. Whether the memory of a lap is at that end depends on earlier
    /// allocations, so some contenders would have page faults and others would not.
    pub(crate) fn keep_freed_memory() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        {
            const M_TRIM_THRESHOLD: c_int = -1;
            const M_MMAP_THRESHOLD: c_int = -3;
            /// The maximum that glibc accepts, which it would reach by itself.
            const LARGE: c_int = 32 << 20;
            mallopt(M_TRIM_THRESHOLD, c_int::MAX);
            mallopt(M_MMAP_THRESHOLD, LARGE);
        }
    }

    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: every method is the system allocator's own, called with the caller's own arguments; the counting
    // neither allocates nor unwinds.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            super::note(layout.size());
            // SAFETY: the caller keeps `alloc`'s contract.
            unsafe { System.alloc(layout) }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            super::note(layout.size());
            // SAFETY: the caller keeps `alloc_zeroed`'s contract.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
            super::note(size.saturating_sub(layout.size()));
            super::note_freed(layout.size().saturating_sub(size));
            // SAFETY: the caller keeps `realloc`'s contract.
            unsafe { System.realloc(old, layout, size) }
        }

        unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
            super::note_freed(layout.size());
            // SAFETY: the caller keeps `dealloc`'s contract.
            unsafe { System.dealloc(old, layout) }
        }
    }
}
