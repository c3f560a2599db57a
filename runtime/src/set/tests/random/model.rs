//! What a set should do, told step by step what it does.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    task::Waker,
};

use super::ops::{Act, Pick};
use crate::set::turn::POLL_BUDGET;

/// A slot, as wakers know it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Slot(*const ());

impl Slot {
    pub(super) fn of(waker: &Waker) -> Self {
        Self(waker.data())
    }
}

/// The model. No call of it calls anything else, so that it can be told of everything from everywhere.
pub(super) struct Model(RefCell<State>);

struct State {
    children: Vec<Child>,
    /// Whose slot is whose now.
    tenants: HashMap<Slot, usize>,
    /// Children that were never polled.
    unpolled: BTreeSet<usize>,
    /// Children that were woken before the current walk began, and were not polled in it so far.
    taken: BTreeSet<usize>,
    /// Children that were woken since.
    due: BTreeSet<usize>,
    /// Children that were woken more than once since. The first of all wakes is noted apart from the others, so the walk that is under
    /// way may find one of the two, and the next walk the other.
    again: BTreeSet<usize>,
    /// Children that may be polled once more in this walk, and in the next.
    maybe: [BTreeSet<usize>; 2],
    /// Slots that were woken when they were nobody's. Who moves in may be polled once more than it was woken, if that is
    /// before the next walk.
    stale: HashSet<Slot>,
    live: usize,
    /// The most that were live at once, which is how many slots there are.
    slots: usize,
    /// Slots that are woken in one word.
    word: usize,
    stage: Stage,
    /// Whether a poll was ever cut short.
    was_cut: bool,
    /// Whether the last poll ended before all was done.
    was_stopped: bool,
    permits: Permits,
    /// Whether what is not done is dropped in whatever order.
    is_scattered: bool,
    /// A child that is done and must be dropped before anything else happens.
    completed: Option<usize>,
    /// The last child that was dropped without being done.
    abandoned: Option<usize>,
}

/// The permits of a poll.
#[derive(Clone, Copy)]
pub(super) struct Permits {
    pub(super) limit: usize,
    /// Whether those that are done keep theirs.
    pub(super) kept: bool,
}

/// How far a poll of the set has got.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    /// It has done all that was to be done.
    Idle,
    /// It was stopped.
    Stopped,
    /// It goes on with what was left over.
    Leftovers,
    /// It has begun a walk.
    Walk,
}

struct Child {
    slot: Option<Slot>,
    ready: bool,
    act: Act,
    fate: Fate,
}

/// What has become of a child.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Live,
    /// It was ready.
    Completed,
    /// It is to be dropped before it is ready.
    Cancelled,
    /// After that it was dropped.
    Dropped,
    /// So was its output, or it was dropped before it was ready.
    Over,
}

impl Model {
    /// `room` is that of the first segment.
    pub(super) fn new(room: usize) -> Self {
        Self(RefCell::new(State {
            children: vec![],
            tenants: HashMap::new(),
            unpolled: BTreeSet::new(),
            taken: BTreeSet::new(),
            due: BTreeSet::new(),
            again: BTreeSet::new(),
            maybe: [BTreeSet::new(), BTreeSet::new()],
            stale: HashSet::new(),
            live: 0,
            slots: 0,
            word: room.min(64),
            stage: Stage::Idle,
            was_cut: false,
            was_stopped: false,
            permits: Permits {
                limit: usize::MAX,
                kept: false,
            },
            is_scattered: false,
            completed: None,
            abandoned: None,
        }))
    }

    /// Futures that were pushed.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().children.len()
    }

    pub(super) fn live(&self) -> usize {
        self.0.borrow().live
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.borrow().stage == Stage::Idle
    }

    pub(super) fn is_any_due(&self) -> bool {
        !self.0.borrow().due.is_empty()
    }

    pub(super) fn was_cut(&self) -> bool {
        self.0.borrow().was_cut
    }

    pub(super) fn push(&self) -> usize {
        let mut state = self.0.borrow_mut();
        let index = state.children.len();
        state.children.push(Child {
            slot: None,
            ready: false,
            act: Act::Nothing,
            fate: Fate::Live,
        });
        state.unpolled.insert(index);
        state.live += 1;
        state.slots = state.slots.max(state.live);
        index
    }

    /// Indices are left out.
    pub(super) fn skip(&self, count: usize) {
        let absent = || Child {
            slot: None,
            ready: false,
            act: Act::Nothing,
            fate: Fate::Over,
        };
        let mut state = self.0.borrow_mut();
        state.children.extend((0..count).map(|_| absent()));
    }

    /// Children that were polled and are not done.
    pub(super) fn running(&self) -> usize {
        self.0.borrow().running()
    }

    /// A poll of the set begins.
    pub(super) fn begin(&self, permits: Permits) {
        let mut state = self.0.borrow_mut();
        state.permits = permits;
        state.was_stopped = state.stage == Stage::Stopped;
        if state.was_stopped {
            state.stage = Stage::Leftovers;
        } else {
            state.walk();
        }
    }

    /// A poll of the set has found no more to do.
    pub(super) fn end(&self) {
        let mut state = self.0.borrow_mut();
        state.advance();
        assert_eq!(state.taken, BTreeSet::new());
        let is_full = state.running() >= state.permits.limit;
        assert!(state.unpolled.is_empty() || is_full, "there was a place");
        // Those that were woken may have taken up the turn.
        state.was_cut |= !state.unpolled.is_empty() && state.live >= POLL_BUDGET;
        state.stage = Stage::Idle;
    }

    /// A poll of the set has ended before that.
    pub(super) fn stop(&self, cut: bool) {
        let mut state = self.0.borrow_mut();
        state.was_cut |= cut;
        state.stage = Stage::Stopped;
    }

    /// A child is polled; gives whether that is for the first time.
    pub(super) fn polled(&self, index: usize) -> bool {
        let mut state = self.0.borrow_mut();
        assert_eq!(state.completed, None, "it is dropped at once");
        // What may be polled once more may be what is left over, or may be in the next walk if it was woken since.
        let is_left = state.stage == Stage::Leftovers && state.maybe[0].contains(&index);
        if !is_left {
            state.advance();
        } else if state.due.contains(&index) {
            state.advance();
            state.maybe[0].insert(index);
        }
        if state.unpolled.contains(&index) {
            assert!(state.running() < state.permits.limit, "there was no place");
            assert_eq!(
                state.unpolled.pop_first(),
                Some(index),
                "the order of pushes"
            );
            assert!(
                state.taken.is_empty() || state.was_cut,
                "the woken come first"
            );
            return true;
        }
        state.polled_again(index);
        false
    }

    /// A child has told in its first poll where it is.
    pub(super) fn settled(&self, index: usize, slot: Slot) {
        let mut state = self.0.borrow_mut();
        state.children[index].slot = Some(slot);
        assert_eq!(state.tenants.insert(slot, index), None, "a slot for each");
        if state.stale.remove(&slot) {
            state.maybe[1].insert(index);
        }
    }

    pub(super) fn slot(&self, index: usize) -> Slot {
        let slot = self.0.borrow().children[index].slot;
        slot.expect("it was polled")
    }

    /// A waker of this slot is used.
    pub(super) fn woken(&self, slot: Slot) {
        let mut state = self.0.borrow_mut();
        match state.tenants.get(&slot).copied() {
            Some(index) => {
                if !state.due.insert(index) {
                    state.again.insert(index);
                }
            }
            None => {
                state.stale.insert(slot);
            }
        }
    }

    pub(super) fn make_ready(&self, pick: Pick) {
        let mut state = self.0.borrow_mut();
        if let Some(index) = pick.at(state.children.len()) {
            state.children[index].ready = true;
        }
    }

    /// Makes the child in this slot ready, if there is one.
    pub(super) fn finish(&self, slot: Slot) {
        let mut state = self.0.borrow_mut();
        if let Some(index) = state.tenants.get(&slot).copied() {
            state.children[index].ready = true;
        }
    }

    pub(super) fn is_ready(&self, index: usize) -> bool {
        self.0.borrow().children[index].ready
    }

    /// Tells a child what to do in its next poll.
    pub(super) fn tell(&self, pick: Pick, act: Act) {
        let mut state = self.0.borrow_mut();
        if let Some(index) = pick.at(state.children.len()) {
            state.children[index].act = act;
        }
    }

    /// What the child was told to do.
    pub(super) fn act(&self, index: usize) -> Act {
        let mut state = self.0.borrow_mut();
        std::mem::replace(&mut state.children[index].act, Act::Nothing)
    }

    pub(super) fn completed(&self, index: usize) {
        let state = &mut *self.0.borrow_mut();
        state.completed = Some(index);
        state.children[index].fate = Fate::Completed;
        state.live -= 1;
        if state.permits.kept {
            state.permits.limit -= state.permits.limit.min(1);
        }
        if let Some(slot) = state.children[index].slot {
            state.tenants.remove(&slot);
            let woken = state.due.remove(&index);
            state.again.remove(&index);
            let maybe = state.maybe.each_mut().map(|maybe| maybe.remove(&index));
            if woken || maybe.contains(&true) {
                state.stale.insert(slot);
            }
        }
    }

    /// Picks a child to cancel. Returns its index, and whether it is not done.
    pub(super) fn cancel(&self, pick: Pick) -> Option<(usize, bool)> {
        let state = &mut *self.0.borrow_mut();
        let index = pick.at(state.children.len())?;
        let child = &mut state.children[index];
        if child.fate != Fate::Live {
            return Some((index, false));
        }
        child.fate = Fate::Cancelled;
        state.live -= 1;
        state.unpolled.remove(&index);
        if let Some(slot) = child.slot {
            state.tenants.remove(&slot);
            let woken = [state.due.remove(&index), state.taken.remove(&index)];
            state.again.remove(&index);
            let maybe = state.maybe.each_mut().map(|maybe| maybe.remove(&index));
            if woken.contains(&true) || maybe.contains(&true) {
                state.stale.insert(slot);
            }
        }
        Some((index, true))
    }

    pub(super) fn dropped(&self, index: usize) {
        let mut state = self.0.borrow_mut();
        state.children[index].fate = match state.children[index].fate {
            Fate::Completed => {
                assert_eq!(state.completed.take(), Some(index));
                Fate::Dropped
            }
            Fate::Live => {
                assert!(
                    state.is_scattered || state.abandoned < Some(index),
                    "the order of pushes"
                );
                state.abandoned = Some(index);
                Fate::Over
            }
            Fate::Cancelled => Fate::Over,
            fate => panic!("dropped when it was {fate:?}"),
        };
    }

    /// What is not done is taken out. Gives what that is.
    pub(super) fn scatter(&self) -> Vec<usize> {
        let mut state = self.0.borrow_mut();
        state.is_scattered = true;
        let children = state.children.iter().enumerate();
        let live = children.filter(|(_, child)| child.fate == Fate::Live);
        live.map(|(index, _)| index).collect()
    }

    pub(super) fn is_dropped(&self, index: usize) -> bool {
        self.0.borrow().children[index].fate == Fate::Dropped
    }

    pub(super) fn output_dropped(&self, index: usize) {
        let fate = &mut self.0.borrow_mut().children[index].fate;
        assert_eq!(*fate, Fate::Dropped, "once, and after the future");
        *fate = Fate::Over;
    }

    /// The set is gone.
    pub(super) fn ended(&self) {
        let state = self.0.borrow();
        let mut fates = state.children.iter().map(|child| child.fate);
        assert!(fates.all(|fate| fate == Fate::Over), "something was leaked");
    }
}

impl State {
    fn running(&self) -> usize {
        self.live - self.unpolled.len()
    }

    /// What was woken elsewhere than in the first word may be found by the walk that is under way.
    fn is_lazy(&self) -> bool {
        self.slots > self.word
    }

    /// A walk begins.
    fn walk(&mut self) {
        self.stage = Stage::Walk;
        self.taken.append(&mut self.due);
        self.maybe[0] = std::mem::take(&mut self.maybe[1]);
        self.stale.clear();
    }

    /// Goes on from what was left over to a walk of its own.
    fn advance(&mut self) {
        if self.stage == Stage::Leftovers && self.taken.is_empty() {
            self.walk();
        }
    }

    fn polled_again(&mut self, index: usize) {
        let again = self.again.remove(&index);
        let expected = self.taken.first().copied();
        if self.taken.remove(&index) {
            // After a stop it is not known where a walk that looks at one word after the other has got to.
            assert!(
                expected == Some(index) || self.is_lazy() && self.was_stopped,
                "the order of pushes"
            );
            if self.is_lazy() && self.due.remove(&index) {
                self.maybe[1].insert(index);
            }
            if self.is_lazy() && self.was_stopped && again {
                self.maybe[0].insert(index);
            }
            return;
        }
        let is_due = self.is_lazy() && self.due.remove(&index);
        if is_due && again {
            self.maybe[1].insert(index);
        }
        let justified = is_due || self.maybe.iter_mut().any(|maybe| maybe.remove(&index));
        assert!(justified, "{index} was not woken");
    }
}
