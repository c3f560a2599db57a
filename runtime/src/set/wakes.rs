//! How a fixed number of branches is woken: what a static gather keeps besides the branches, in one word.

use std::{
    cmp::Ordering,
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ops::{Deref, DerefMut},
    ptr,
    task::{Context, Waker},
};

use super::{
    block::{GROUP, Header, Home, Lone, Progress},
    owner::Owner,
    waker::{FirstPolls, Unwoken, poll_slot},
};

/// The wake state of a fixed number of branches.
///
/// One word, because it is part of every gather: a pointer to the block if it is neither null nor one of the addresses
/// below, none of which is ever allocated.
pub(crate) struct Wakes(*mut Header);

/// The first polls are over, and no branch kept its waker: none can be woken.
const SILENT: *mut Header = ptr::without_provenance_mut(1);
/// Nothing is polled any more.
const OVER: *mut Header = ptr::without_provenance_mut(2);
/// The first polls are over, and the next turn begins with branch `n`, at least 1: this plus `n`.
const FIRST_START: usize = 2;
/// The largest such `n`; a block lies at a multiple of a larger number.
const LAST_START: usize = 4;
const _: () = assert!(FIRST_START + LAST_START < align_of::<Header>());

// SAFETY: the pointer is an owning one, to a block that may be shared between threads.
unsafe impl Send for Wakes {}
// SAFETY: as above, and shared references only read the pointer.
unsafe impl Sync for Wakes {}

/// An [`Owner`] that is borrowed, exclusively.
struct Lent<'a>(ManuallyDrop<Owner>, PhantomData<&'a mut Wakes>);

impl Deref for Lent<'_> {
    type Target = Owner;

    #[inline]
    fn deref(&self) -> &Owner {
        &self.0
    }
}

impl DerefMut for Lent<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Owner {
        &mut self.0
    }
}

impl Wakes {
    pub(crate) const fn new() -> Self {
        Self(ptr::null_mut())
    }

    /// Whether no branch has been polled.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        self.0.is_null()
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.0 == OVER
    }

    /// The first polls are over, of branches that all have the caller's waker; the next turn begins with branch `start`.
    #[inline]
    pub(crate) fn begun(&mut self, start: usize) {
        debug_assert!(!Self::is_block(self.0) && start <= LAST_START);
        self.0 = if start == 0 {
            SILENT
        } else {
            ptr::without_provenance_mut(FIRST_START + start)
        };
    }

    /// Returns the branch that the next turn begins with, of branches that all have the caller's waker.
    #[inline]
    pub(crate) fn start(&self) -> usize {
        debug_assert!(!Self::is_block(self.0));
        self.0.addr().saturating_sub(FIRST_START)
    }

    /// Lets the block go: later wakes reach nobody.
    #[inline]
    pub(crate) fn close(&mut self) {
        let was = mem::replace(&mut self.0, OVER);
        if Self::is_block(was) {
            // SAFETY: it is a block's pointer, which owns a count that nobody has taken.
            drop(unsafe { Owner::from_raw(was) });
        }
    }

    fn is_block(word: *mut Header) -> bool {
        word.addr() > FIRST_START + LAST_START
    }

    #[inline]
    fn owner(&mut self) -> Option<Lent<'_>> {
        Self::is_block(self.0).then(|| {
            // SAFETY: as in `close`; the copy is not dropped, and borrows `self`, so that it is the only one in use.
            let owner = unsafe { Owner::from_raw(self.0) };
            Lent(ManuallyDrop::new(owner), PhantomData)
        })
    }

    /// Does first polls, when nothing was kept of any before.
    #[inline]
    pub(crate) fn first<R>(
        &mut self,
        branches: usize,
        parent: &Waker,
        work: impl FnOnce(First<'_, '_>) -> R,
    ) -> R {
        let unwoken = Unwoken::new(branches, Home::Own(parent, 0));
        let result = unwoken.polls(|polls| work(First(polls)));
        self.0 = match unwoken.into_owner() {
            Some(owner) => owner.into_raw(),
            None => SILENT,
        };
        result
    }

    /// Begins to poll the branches that were woken since the last time, and makes wakes reach `parent` from now on. Returns
    /// also how many started branches are not done, and the branch that the turn begins with.
    #[inline]
    pub(crate) fn take<'a>(&'a mut self, parent: &Waker) -> Option<(Woken<'a>, Progress)> {
        let mut owner = self.owner()?;
        let progress = owner.progress();
        owner.register(parent);
        let (group, bits, groups) = match owner.take_lone() {
            Lone::Nothing => (0, 0, 0),
            Lone::One { slot, .. } => (slot / GROUP, 1 << (slot % GROUP), 0),
            Lone::Many(one) => Self::take_many(&mut owner, one.map(|(_, slot)| slot)),
        };
        let woken = Woken {
            owner,
            group,
            bits,
            groups,
        };
        Some((woken, progress))
    }

    /// The group, its bits, and the groups that were not looked at. Apart, for most often one branch was woken.
    #[inline(never)]
    fn take_many(owner: &mut Owner, lone: Option<usize>) -> (usize, u64, u64) {
        match owner.take_top(lone) {
            bits if owner.is_one_group() => (0, bits, 0),
            groups => (usize::MAX, 0, groups),
        }
    }

    /// Keeps how many started branches are not done, and which branch the next turn begins with, if there is a block.
    #[inline]
    pub(crate) fn keep(&mut self, live: usize, start: usize) {
        if let Some(mut owner) = self.owner() {
            owner.set_progress(Progress::new(live, start));
        }
    }
}

impl Drop for Wakes {
    #[inline]
    fn drop(&mut self) {
        self.close();
    }
}

/// First polls, when there is no block.
pub(crate) struct First<'a, 'b>(FirstPolls<'a, 'b>);

impl First<'_, '_> {
    #[inline]
    pub(crate) fn poll<R>(&mut self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        self.0.poll(branch, poll)
    }
}

/// First polls, when there is a block.
pub(crate) struct More<'a>(Lent<'a>);

impl More<'_> {
    #[inline]
    pub(crate) fn poll<R>(&self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        poll_slot(&self.0, branch, poll)
    }

    /// Keeps how many started branches are not done, and which branch the next turn begins with.
    #[inline]
    pub(crate) fn keep(mut self, live: usize, start: usize) {
        self.0.set_progress(Progress::new(live, start));
    }
}

/// The branches that were woken, to be asked for in ascending order.
pub(crate) struct Woken<'a> {
    owner: Lent<'a>,
    /// The group that `bits` belongs to.
    group: usize,
    bits: u64,
    /// Groups with ready slots that were not looked at yet.
    groups: u64,
}

/// Branches that were woken and are visited together: bits of a group, and whole groups.
#[derive(Clone, Copy, Default)]
pub(crate) struct Part {
    group: usize,
    bits: u64,
    groups: u64,
}

impl<'a> Woken<'a> {
    /// Ends these polls; there is a block for first polls, too.
    #[inline]
    pub(crate) fn end(self) -> More<'a> {
        More(self.owner)
    }

    /// Whether one of `count` branches from `first` on may be among them.
    #[inline]
    pub(crate) fn any(&self, first: usize, count: usize) -> bool {
        let (low, high) = (first / GROUP, (first + count - 1) / GROUP);
        let here = if low == high && low == self.group {
            self.bits & mask(first % GROUP, count)
        } else if low <= self.group && self.group <= high {
            self.bits
        } else {
            0
        };
        here != 0 || self.groups != 0 && self.groups & mask(low, high - low + 1) != 0
    }

    /// Whether `branch` was woken.
    #[inline]
    pub(crate) fn take(&mut self, branch: usize) -> bool {
        let group = branch / GROUP;
        if self.groups != 0 {
            self.enter(group);
        }
        self.group == group && self.bits & (1 << (branch % GROUP)) != 0
    }

    /// Takes the bits of this group, if it has some that were not taken.
    #[cold]
    #[inline(never)]
    fn enter(&mut self, group: usize) {
        if self.groups & (1 << group) == 0 {
            return;
        }
        self.groups &= !(1 << group);
        self.group = group;
        self.bits = self.owner.take_group(group);
    }

    /// Parts what was woken so that the branches from `start` on come first, and then those before it. Each part is to be
    /// [entered](Self::go_to), in this order.
    pub(crate) fn parts_from(&mut self, start: usize) -> [Part; 4] {
        let (group, low) = (start / GROUP, (1 << (start % GROUP)) - 1);
        if self.groups != 0 {
            // Its bits are parted, those of the other groups stay where they are.
            self.enter(group);
        }
        let (own, bits) = (self.group, self.bits);
        let (first, last) = match own.cmp(&group) {
            Ordering::Less => (0, bits),
            Ordering::Equal => (bits & !low, bits & low),
            Ordering::Greater => (bits, 0),
        };
        let below = (1 << group) - 1;
        [
            Part {
                group: own,
                bits: first,
                groups: 0,
            },
            Part {
                groups: self.groups & !below,
                ..Part::default()
            },
            Part {
                groups: self.groups & below,
                ..Part::default()
            },
            Part {
                group: own,
                bits: last,
                groups: 0,
            },
        ]
    }

    /// Goes on to a part. Returns whether there is anything in it.
    pub(crate) fn go_to(&mut self, part: Part) -> bool {
        (self.group, self.bits, self.groups) = (part.group, part.bits, part.groups);
        self.bits | self.groups != 0
    }

    #[inline]
    pub(crate) fn poll<R>(&self, branch: usize, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
        poll_slot(&self.owner, branch, poll)
    }
}

/// `count` bits from bit `first` on.
const fn mask(first: usize, count: usize) -> u64 {
    match count {
        GROUP.. => u64::MAX << first,
        _ => ((1 << count) - 1) << first,
    }
}
