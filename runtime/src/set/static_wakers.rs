//! The wake state of a fixed number of branches, in one word.

use std::{
    marker::PhantomData,
    mem::{self, ManuallyDrop},
    ops::{Deref, DerefMut},
    ptr,
    task::Waker,
};

use super::{
    block::BlockRole,
    header::{GROUP, Header, StaticState, Woken},
    owner::{Owner, Peek},
    waker::{LazyBlock, LentWakers, PolledSlot},
};

/// The wake state of a fixed number of branches.
///
/// It is one word because it is a part of every gather: a pointer to the block, or a value whose lowest bits mark it as
/// another state. No block has such an address.
pub(crate) struct StaticWakers(*mut Header);

/// The lowest bits.
const TAG: usize = 3;
const _: () = assert!(align_of::<Header>() > TAG);
/// The first polls are over, and no branch kept its waker: none can be woken.
const SILENT: *mut Header = ptr::without_provenance_mut(1);
/// The gather has ended.
const OVER: *mut Header = ptr::without_provenance_mut(2);
/// The tag of counts: the first polls are over, and the branches have the caller's waker. Above the tag are the number
/// of branches that are not done, and the branch that the next turn begins with.
const COUNTS: usize = 3;
const LIVE: u32 = 2;
const START: u32 = 4;
/// No branch has been polled. This is the only value with a count of zero.
const UNPOLLED: *mut Header = ptr::without_provenance_mut(COUNTS);
/// The largest count.
const MOST: usize = 3;

// SAFETY: the pointer is an owning one, to a block that may be shared between threads.
unsafe impl Send for StaticWakers {}
// SAFETY: as above, and shared references only read the pointer.
unsafe impl Sync for StaticWakers {}

/// An [`Owner`] that is borrowed, exclusively.
struct Lent<'a>(ManuallyDrop<Owner>, PhantomData<&'a mut StaticWakers>);

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

impl StaticWakers {
    pub(crate) const fn new() -> Self {
        Self(UNPOLLED)
    }

    /// Returns whether no branch has been polled.
    #[inline]
    pub(crate) fn is_unpolled(&self) -> bool {
        self.0 == UNPOLLED
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.0 == OVER
    }

    /// Keeps how many branches are not done, and which one the next turn begins with, of at most three branches that all have
    /// the caller's waker.
    #[inline]
    pub(crate) fn count(&mut self, live: usize, start: usize) {
        debug_assert!(!Self::is_block(self.0) && (1..=MOST).contains(&live) && start <= MOST);
        self.0 = ptr::without_provenance_mut(COUNTS | live << LIVE | start << START);
    }

    /// Returns the values that [`count`](Self::count) stored; before the first poll, `branches` and 0.
    #[inline]
    pub(crate) fn counted(&self, branches: usize) -> (usize, usize) {
        let word = self.0.addr();
        if branches > MOST || self.is_unpolled() {
            return (branches, 0);
        }
        ((word >> LIVE) & MOST, word >> START)
    }

    /// Releases the block. Later wakes have no effect.
    #[inline]
    pub(crate) fn close(&mut self) {
        let was = mem::replace(&mut self.0, OVER);
        if Self::is_block(was) {
            // SAFETY: it is a block's pointer, which owns a reference that nothing has taken.
            drop(unsafe { Owner::from_raw(was) });
        }
    }

    fn is_block(word: *mut Header) -> bool {
        word.addr() & TAG == 0
    }

    #[inline]
    fn owner(&mut self) -> Option<Lent<'_>> {
        Self::is_block(self.0).then(|| {
            // SAFETY: as in `close`; the copy is not dropped, and borrows `self`, so that it is the only one in use.
            let owner = unsafe { Owner::from_raw(self.0) };
            Lent(ManuallyDrop::new(owner), PhantomData)
        })
    }

    /// Takes the branch that was woken alone since the last time, if there is such a one, `parent` is woken as before, and the turn begins
    /// with the first branch. Otherwise nothing changes. Returns also how many started branches are not done.
    #[inline]
    pub(crate) fn take_first_woken(&mut self, parent: &Waker) -> Option<(usize, usize)> {
        let mut owner = self.owner()?;
        let static_state = owner.static_state();
        if static_state.start() > 0 {
            return None;
        }
        match owner.peek_woken(parent, false) {
            Peek::One { slot, .. } => Some((slot, static_state.live())),
            _ => None,
        }
    }

    /// Lends the wakers of the branches that are in one group with this one, if there is a block.
    #[inline]
    pub(crate) fn wakers(&mut self, branch: usize) -> Option<LentWakers<'_>> {
        let owner = self.owner()?;
        // SAFETY: `self`, which is borrowed as long, is what lets the block go.
        Some(unsafe { LentWakers::of_group(&owner, branch / GROUP) })
    }

    /// Keeps how many started branches are not done, and which branch the next turn begins with, where there is a block.
    #[inline]
    pub(crate) fn set_static_state(&mut self, live: usize, start: usize) {
        if let Some(mut owner) = self.owner() {
            owner.set_static_state(StaticState::new(live, start));
        }
    }

    /// Begins to poll the branches that were woken since the last time, and makes wakes reach `parent` from now on. Returns
    /// also how many started branches are not done, and the branch that the turn begins with.
    #[inline]
    pub(crate) fn take<'a>(
        &'a mut self,
        parent: &Waker,
    ) -> Option<(WokenBranches<'a>, StaticState)> {
        let mut owner = self.owner()?;
        let static_state = owner.static_state();
        owner.register(parent);
        let (group, bits, groups) = match owner.take_first_woken() {
            Woken::Nothing => (0, 0, 0),
            Woken::One { slot, .. } => (slot / GROUP, 1 << (slot % GROUP), 0),
            Woken::Many(one) => Self::take_many(&mut owner, one.map(|(_, slot)| slot)),
        };
        let woken = WokenBranches {
            owner,
            group,
            bits,
            groups,
            later: None,
        };
        Some((woken, static_state))
    }

    /// Returns a group, its bits, and the other groups with ready bits. Not inlined, because most often one branch was
    /// woken.
    #[inline(never)]
    fn take_many(owner: &mut Owner, first_woken: Option<usize>) -> (usize, u64, u64) {
        match owner.take_top(first_woken) {
            bits if owner.is_one_group() => (0, bits, 0),
            groups => (usize::MAX, 0, groups),
        }
    }

    /// Ends first polls. Keeps how many started branches are not done, and which branch the next turn begins with.
    pub(crate) fn keep(&mut self, first: &mut First<'_>, live: usize, start: usize) {
        self.0 = match first.0.take_owner() {
            Some(mut owner) => {
                owner.set_static_state(StaticState::new(live, start));
                owner.into_raw()
            }
            None => SILENT,
        };
    }
}

impl Drop for StaticWakers {
    #[inline]
    fn drop(&mut self) {
        self.close();
    }
}

/// First polls, when no branch was polled before.
pub(crate) struct First<'a>(LazyBlock<'a>);

impl<'a> First<'a> {
    #[inline]
    pub(crate) fn new(branches: usize, parent: &'a Waker) -> Self {
        Self(LazyBlock::new(branches, BlockRole::Primary(parent, 0)))
    }

    /// Lends the waker of all these polls, and the cell that stores which branch is polled.
    #[inline]
    pub(crate) fn lend(&self) -> (LentWakers<'_>, Option<&PolledSlot>) {
        self.0.lend()
    }
}

/// The branches that were woken, in ascending order; or from one on, and then those before it.
pub(crate) struct WokenBranches<'a> {
    owner: Lent<'a>,
    /// The group that `bits` belongs to.
    group: usize,
    bits: u64,
    /// Groups with ready slots that were not looked at yet.
    groups: u64,
    /// The branches that come last, if the first branch is not the first to be visited.
    later: Option<Later>,
}

/// Groups below group `start`, and then these bits of it.
struct Later {
    groups: u64,
    bits: u64,
    start: usize,
}

impl<'a> WokenBranches<'a> {
    /// Takes the branches that come next and belong to one group: the number of the first that it has, and their bits from that one on.
    #[inline]
    pub(crate) fn next_group(&mut self) -> Option<(usize, u64)> {
        // A group may have been emptied meanwhile.
        while self.bits == 0 {
            if self.groups == 0 && !self.wrap() {
                return None;
            }
            if self.groups != 0 {
                self.enter(self.groups.trailing_zeros() as usize);
            }
        }
        Some((self.group * GROUP, mem::take(&mut self.bits)))
    }

    /// Takes the next branch.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<usize> {
        let (first, bits) = self.next_group()?;
        self.bits = bits & (bits - 1);
        Some(first + bits.trailing_zeros() as usize)
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

    /// Makes the branches from `start` on come first.
    pub(crate) fn begin_with(&mut self, start: usize) {
        let (group, low) = (start / GROUP, (1 << (start % GROUP)) - 1);
        if self.groups != 0 {
            // Its bits are split; the bits of the other groups stay.
            self.enter(group);
        }
        let below = (1 << group) - 1;
        let mut later = Later {
            groups: self.groups & below,
            bits: 0,
            start: group,
        };
        self.groups &= !below;
        if self.group == group {
            (later.bits, self.bits) = (self.bits & low, self.bits & !low);
        }
        self.later = Some(later);
    }

    /// Goes on to the branches before the first one, if there are any.
    #[cold]
    fn wrap(&mut self) -> bool {
        let Some(later) = &mut self.later else {
            return false;
        };
        if later.groups != 0 {
            self.groups = mem::take(&mut later.groups);
        } else {
            self.group = later.start;
            self.bits = mem::take(&mut later.bits);
        }
        self.groups | self.bits != 0
    }

    /// Returns whether there is no other branch.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.bits | self.groups == 0 && self.later.is_none()
    }

    /// Lends the wakers of the branches that are in one group with this one, whether they were polled before or not.
    #[inline]
    pub(crate) fn wakers(&self, branch: usize) -> LentWakers<'a> {
        // SAFETY: the `StaticWakers` that the owner comes from is borrowed as long, and is what lets the block go.
        unsafe { LentWakers::of_group(&self.owner, branch / GROUP) }
    }

    /// Keeps how many started branches are not done, and which branch the next turn begins with.
    pub(crate) fn keep(&mut self, live: usize, start: usize) {
        self.owner.set_static_state(StaticState::new(live, start));
    }
}
