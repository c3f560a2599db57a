//! A global allocator that counts, while it is asked to.
//!
//! Outside [`count`] it costs one load of a flag that nobody writes, so that the timed rows are not disturbed.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering::Relaxed};

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

static COUNTING: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU32 = AtomicU32::new(0);
static BYTES: AtomicU32 = AtomicU32::new(0);
/// Below zero if the work frees what was there before it.
static LIVE: AtomicI64 = AtomicI64::new(0);
static PEAK: AtomicI64 = AtomicI64::new(0);

/// Does the work and says what it allocated. Not for two threads at once.
pub(crate) fn count<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    CALLS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    LIVE.store(0, Relaxed);
    PEAK.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
    let value = work();
    COUNTING.store(false, Relaxed);
    let allocated = Allocated {
        calls: CALLS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
        peak: u32::try_from(PEAK.load(Relaxed)).expect(SMALL),
    };
    (value, allocated)
}

/// Memory was asked for.
fn note(bytes: usize) {
    if COUNTING.load(Relaxed) {
        let bytes = u32::try_from(bytes).expect(SMALL);
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes, Relaxed);
        let live = LIVE.fetch_add(bytes.into(), Relaxed) + i64::from(bytes);
        PEAK.fetch_max(live, Relaxed);
    }
}

/// Memory was given back.
fn note_freed(bytes: usize) {
    if COUNTING.load(Relaxed) {
        let bytes = u32::try_from(bytes).expect(SMALL);
        LIVE.fetch_sub(bytes.into(), Relaxed);
    }
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
