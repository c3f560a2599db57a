//! A global allocator that counts, while it is asked to.
//!
//! Outside [`count`] it costs one load of the thread's own flag, so that the timed rows are not disturbed.

use std::cell::Cell;

/// What the work in a [`count`] allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allocated {
    /// Calls of the allocator that ask for memory, a growing reallocation being one more.
    pub(crate) calls: u32,
    /// Bytes asked for, all calls added up; counted in 32 bits.
    pub(crate) bytes: u32,
    /// Bytes that were there at once at the most, beyond those from before.
    pub(crate) peak: u32,
}

const SMALL: &str = "less than 4 GiB";

/// What one thread counts.
struct Counter {
    counting: Cell<bool>,
    calls: Cell<u32>,
    bytes: Cell<u32>,
    /// Below zero if the work frees what was there before it.
    live: Cell<i64>,
    peak: Cell<i64>,
}

thread_local! {
    // Without a destructor or a first use that would allocate: the allocator itself looks here.
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

/// Does the work and says what it allocated in this thread.
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

/// Memory was asked for.
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

/// Memory was given back.
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

    /// From now on, memory that is freed stays with the process, where its allocator can be told so.
    ///
    /// Else glibc gives the end of the heap back to the system, and whether a lap's memory is that end depends on
    /// what others have left behind it: then one contender pays for page faults, and another does not.
    pub(crate) fn keep_freed_memory() {
        #[cfg(all(target_os = "linux", target_env = "gnu"))]
        {
            const M_TRIM_THRESHOLD: c_int = -1;
            const M_MMAP_THRESHOLD: c_int = -3;
            /// The most that glibc takes, and what it would get to by itself.
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
