//! How a fixed number of branches is woken: what a static gather keeps besides the branches, in one word.

use std::{
    marker::PhantomData,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    ptr,
    task::{Context, Waker},
};

use super::{
    block::{GROUP, Header, Home, Lone},
    owner::Owner,
    waker::{FirstPolls, Unwoken, poll_slot},
};

/// The wake state of a fixed number of branches.
///
/// One word, for it is part of every gather: a pointer to the block if it is neither null nor one of the two
/// addresses below, none of which is ever allocated.
pub(crate) struct Wakes(*mut Header);

/// The first polls are over, and no branch kept its waker: none can be woken.
const SILENT: *mut Header = ptr::without_provenance_mut(1);
/// Nothing is polled any more.
const OVER: *mut Header = ptr::without_provenance_mut(2);

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

    /// The first polls are over.
    #[inline]
    pub(crate) fn begun(&mut self) {
        if self.is_fresh() {
            self.0 = SILENT;
        }
    }

    /// Lets the block go: later wakes reach nobody.
    #[inline]
    pub(crate) fn close(&mut self) {
        let was = std::mem::replace(&mut self.0, OVER);
        if Self::is_block(was) {
            // SAFETY: it is a block's pointer, which owns a count that nobody has taken.
            drop(unsafe { Owner::from_raw(was) });
        }
    }

    fn is_block(word: *mut Header) -> bool {
        !(word.is_null() || word == SILENT || word == OVER)
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

    /// Begins to poll the branches that were woken since the last time, and makes wakes reach `parent` from now on.
    #[inline]
    pub(crate) fn take<'a>(&'a mut self, parent: &Waker) -> Option<Woken<'a>> {
        let mut owner = self.owner()?;
        owner.register(parent);
        let (group, bits, groups) = match owner.take_lone() {
            Lone::Nothing => (0, 0, 0),
            Lone::One { slot, .. } => (slot / GROUP, 1 << (slot % GROUP), 0),
            Lone::Many(one) => Self::take_many(&mut owner, one.map(|(_, slot)| slot)),
        };
        Some(Woken {
            owner,
            group,
            bits,
            groups,
        })
    }

    /// The group, its bits, and the groups that were not looked at. Apart, for most often one branch was woken.
    #[inline(never)]
    fn take_many(owner: &mut Owner, lone: Option<usize>) -> (usize, u64, u64) {
        match owner.take_top(lone) {
            bits if owner.is_one_group() => (0, bits, 0),
            groups => (usize::MAX, 0, groups),
        }
    }

    /// How many started branches are not done; kept here because only then there is a block to keep it in.
    #[inline]
    pub(crate) fn live(&mut self) -> usize {
        self.owner().map_or(usize::MAX, |owner| owner.live())
    }

    #[inline]
    pub(crate) fn set_live(&mut self, live: usize) {
        if let Some(mut owner) = self.owner() {
            owner.set_live(live);
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
        if self.groups & (1 << group) != 0 {
            self.groups &= !(1 << group);
            self.group = group;
            self.bits = self.owner.take_group(group);
        }
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
