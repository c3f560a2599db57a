//! An allocator that counts, thread by thread.
//!
//! A program whose memory is counted makes it its own:
//!
//! ```
//! use rejoin_tests::memory::{Counting, Memory};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let before = Memory::now();
//! let text = String::from("text");
//! let count = Memory::now() - before;
//! assert_eq!((count.allocations, count.bytes), (1, 4));
//! assert_eq!((count.in_use.blocks, count.in_use.bytes), (1, 4));
//! drop(text);
//! ```

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
    ops::Sub,
};

/// What a thread has done with memory, from its start to some moment; or between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// How often it has asked for memory; of a block that it had before, too.
    pub allocations: usize,
    /// How many bytes it has asked for. A block that gets larger counts with what is added to it.
    pub bytes: usize,
    /// What it has asked for and not given back.
    pub in_use: InUse,
}

/// What a thread has asked for and not given back. Below zero if it gave back what another thread had asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InUse {
    /// How many blocks.
    pub blocks: isize,
    /// How many bytes, of all blocks together.
    pub bytes: isize,
}

thread_local! {
    // Neither a first use nor an end of it needs anything done: the allocator is there before both, and after.
    static MEMORY: Cell<Memory> = const { Cell::new(Memory::NONE) };
}

impl Memory {
    const NONE: Self = Self {
        allocations: 0,
        bytes: 0,
        in_use: InUse {
            blocks: 0,
            bytes: 0,
        },
    };

    /// What the current thread has done up to now.
    ///
    /// # Panics
    ///
    /// If [`Counting`] is not the program's allocator: then nothing would seem to be allocated, ever.
    #[must_use]
    pub fn now() -> Self {
        let now = MEMORY.get();
        drop(black_box(Box::new(0_u8)));
        assert_ne!(MEMORY.replace(now), now, "nobody counts");
        now
    }
}

/// What `work` does with memory, and what comes of it.
pub fn counted<T>(work: impl FnOnce() -> T) -> (Memory, T) {
    let before = Memory::now();
    let result = work();
    (Memory::now() - before, result)
}

/// Asserts that what the thread has in use stays about the same while something is done again and again.
#[derive(Debug)]
pub struct Flat {
    from: usize,
    slack: isize,
    before: Option<isize>,
}

impl Flat {
    /// From the time that it was done `from` times: before that, what is used again later may grow. After that it may be
    /// less than `slack` bytes more.
    #[must_use]
    pub const fn new(from: usize, slack: isize) -> Self {
        Self {
            from,
            slack,
            before: None,
        }
    }

    /// It was done `times` times. Every thousandth time counts.
    ///
    /// # Panics
    ///
    /// If too much has come to be in use.
    pub fn check(&mut self, times: usize) {
        if times >= self.from && times % 1_000 == 0 {
            let bytes = Memory::now().in_use.bytes;
            let grown = bytes - *self.before.get_or_insert(bytes);
            assert!(grown < self.slack, "{grown} bytes more after {times}");
        }
    }
}

impl Sub for Memory {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            allocations: self.allocations - before.allocations,
            bytes: self.bytes - before.bytes,
            in_use: self.in_use - before.in_use,
        }
    }
}

impl Sub for InUse {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            blocks: self.blocks - before.blocks,
            bytes: self.bytes - before.bytes,
        }
    }
}

/// Counts what each thread does, and leaves the rest to the system.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

/// Counts a call for or without memory, a change of how many blocks there are, and one of a block's bytes.
fn count(allocations: usize, blocks: isize, old: usize, new: usize) {
    let _gone = MEMORY.try_with(|memory| {
        let before = memory.get();
        let in_use = before.in_use;
        memory.set(Memory {
            allocations: before.allocations.wrapping_add(allocations),
            bytes: before.bytes.wrapping_add(new.saturating_sub(old)),
            in_use: InUse {
                blocks: in_use.blocks.wrapping_add(blocks),
                bytes: (in_use.bytes)
                    .wrapping_sub_unsigned(old)
                    .wrapping_add_unsigned(new),
            },
        });
    });
}

#[expect(
    unsafe_code,
    reason = "an allocator is unsafe by its nature; this one hands all on"
)]
// SAFETY: everything is handed on to the system's allocator as it came, and counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(1, 1, 0, layout.size());
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(0, -1, layout.size(), 0);
        // SAFETY: as the caller says.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(1, 0, layout.size(), size);
        // SAFETY: as the caller says.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;

    // These tests' own program has the usual allocator.
    #[test]
    #[should_panic = "nobody counts"]
    fn to_look_where_nobody_counts_panics() {
        let _now = Memory::now();
    }
}
