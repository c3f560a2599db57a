//! A global allocator that counts, while it is asked to.
//!
//! Outside [`count`] it costs one load of a flag that nobody writes, so that the timed rows are not disturbed.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

/// What the work in a [`count`] allocated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allocated {
    /// Calls of the allocator that ask for memory, a growing reallocation being one more.
    pub(crate) calls: u32,
    /// Bytes asked for, all calls added up; counted in 32 bits.
    pub(crate) bytes: u32,
}

static COUNTING: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU32 = AtomicU32::new(0);
static BYTES: AtomicU32 = AtomicU32::new(0);

/// Does the work and says what it allocated. Not for two threads at once.
pub(crate) fn count<T>(work: impl FnOnce() -> T) -> (T, Allocated) {
    CALLS.store(0, Relaxed);
    BYTES.store(0, Relaxed);
    COUNTING.store(true, Relaxed);
    let value = work();
    COUNTING.store(false, Relaxed);
    let allocated = Allocated {
        calls: CALLS.load(Relaxed),
        bytes: BYTES.load(Relaxed),
    };
    (value, allocated)
}

fn note(bytes: usize) {
    if COUNTING.load(Relaxed) {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(u32::try_from(bytes).expect("less than 4 GiB"), Relaxed);
    }
}

#[expect(
    unsafe_code,
    reason = "a global allocator is an unsafe trait; every method hands on to the system's"
)]
mod allocator {
    use std::alloc::{GlobalAlloc, Layout, System};

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
            // SAFETY: the caller keeps `realloc`'s contract.
            unsafe { System.realloc(old, layout, size) }
        }

        unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
            // SAFETY: the caller keeps `dealloc`'s contract.
            unsafe { System.dealloc(old, layout) }
        }
    }
}
