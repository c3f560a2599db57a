//! The model: what has happened to every future, and what must have.
//!
//! It is told of polls, drops and wakes as they happen, and asserts that
//!
//! - a future is polled once at first, and then only if it was woken since, once in a turn;
//! - what was woken before a turn is polled in it, in the order of indices, and then what is new, as far as there are
//!   places; but where one result is asked for, nothing is polled beyond it;
//! - a wake reaches whoever polled the set last, if that was told to wait;
//! - results come in the order of completions, each after its future's drop;
//! - a future is dropped once, where it was first polled, and all of a set in the order of indices;
//! - the runtime gets its turn within 1,024 polls, and not before 512.

use std::{
    cell::{Cell, RefCell, RefMut},
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    sync::Arc,
    task::Waker,
};

use crate::{
    child::{Act, Kind},
    elsewhere::{self, Use},
    parent::Parent,
};

/// The number of a future.
pub(crate) type Id = usize;
/// The number of a set.
pub(crate) type SetId = usize;

/// Polls after which the runtime may get its turn, and those after which it must have had it.
const TURN: usize = 512;
const TURNS: usize = 1024;

/// What a waker is for: two that wake the same place of a set are equal.
type Slot = (SetId, usize);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Fresh,
    Running,
    Done,
}

struct Record {
    set: SetId,
    index: usize,
    phase: Phase,
    /// How it was done.
    ok: bool,
    address: Option<usize>,
    /// Whether it is ready at its next poll, and how.
    ready: Option<bool>,
    act: Act,
    slot: Option<Slot>,
    polled_in: usize,
    is_dropped: bool,
    is_output_dropped: bool,
}

/// A wake that no poll has answered.
struct Due {
    /// Whether it must be.
    is_certain: bool,
    /// Whether there was more than one. A set notes the first of all wakes apart from the others, so two wakes may lead to two polls.
    is_repeated: bool,
    /// The turn in which it was, or after which.
    turn: usize,
}

#[derive(Default)]
struct Model {
    next: usize,
    limit: Option<usize>,
    /// Whether results keep their places.
    keeps: bool,
    /// Whether there is an iterator that may give more.
    source: bool,
    /// Futures that are not done, by index.
    live: BTreeMap<usize, Id>,
    running: usize,
    queue: VecDeque<Id>,
    /// Polls since the runtime had its turn.
    polls: usize,
    /// A turn may have been cut short: what comes next may come in another order.
    is_unsettled: bool,
    /// Whoever is to be woken, and how often that was when the last poll began.
    waits: Option<(Arc<Parent>, usize)>,
    /// The futures that a wait still has to poll, if its condition held after a turn that was cut short. It then closes its set: futures
    /// that are woken later keep their wakes, and are polled only if the set is polled again after the wait.
    closed: Option<HashSet<Id>>,
    end: End,
}

/// Whether a set's futures may be dropped.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum End {
    /// Only what is done. But a panic ends a set in the midst of a turn.
    #[default]
    Live,
    /// In order: the least index that was not.
    InOrder(usize),
    /// It is being taken apart: what a panic leaves over then is dropped in any order.
    Apart,
}

struct Turn {
    set: SetId,
    /// Futures that must be polled.
    obliged: Vec<Id>,
    /// The rank of what was polled last: whether it was new, and its index.
    last: Option<(bool, usize)>,
    /// Whether anything may be polled.
    is_due: bool,
    /// Whether the first result ends it.
    only_next: bool,
    /// Whether there was a result.
    has_result: bool,
    parent: Arc<Parent>,
    wakes: usize,
}

/// How a poll of a set ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Pending,
    Ready,
}

#[derive(Default)]
struct State {
    records: Vec<Record>,
    sets: Vec<Model>,
    due: HashMap<Slot, Due>,
    /// Who is behind a waker.
    occupants: HashMap<Slot, Id>,
    /// Wakers that are being used elsewhere.
    flying: HashSet<Slot>,
    /// Those of them whose future was not polled since.
    unseen: HashSet<Slot>,
    /// Wakers that a parent uses when it is woken.
    fuse: HashSet<Slot>,
    turn: Option<Turn>,
    turns: usize,
    kept: Vec<(Slot, Waker)>,
    /// A future is done, and not dropped.
    undropped: Option<Id>,
}

/// See the module.
#[derive(Default)]
pub(crate) struct World {
    state: RefCell<State>,
    /// Who polls.
    parent: RefCell<Option<Arc<Parent>>>,
    /// Wakers are no longer picked.
    is_over: Cell<bool>,
}

/// Wakers that are kept at most.
const MOST_KEPT: usize = 256;

impl World {
    fn state(&self) -> RefMut<'_, State> {
        self.state.borrow_mut()
    }

    pub(crate) fn set_parent(&self, parent: &Arc<Parent>) {
        *self.parent.borrow_mut() = Some(Arc::clone(parent));
    }

    fn parent(&self) -> Arc<Parent> {
        self.parent.borrow().clone().expect("there is one")
    }

    // Futures.

    pub(crate) fn is_full(&self) -> bool {
        self.state().records.len() > 3_000
    }

    /// A future joins a set.
    pub(crate) fn join(&self, set: SetId) -> Id {
        let mut state = self.state();
        let id = state.records.len();
        let model = &mut state.sets[set];
        let index = model.next;
        model.next += 1;
        model.live.insert(index, id);
        state.records.push(Record {
            set,
            index,
            phase: Phase::Fresh,
            ok: false,
            address: None,
            ready: None,
            act: Act::Nothing,
            slot: None,
            polled_in: 0,
            is_dropped: false,
            is_output_dropped: false,
        });
        id
    }

    pub(crate) fn index(&self, id: Id) -> usize {
        self.state().records[id].index
    }

    pub(crate) fn tell(&self, pick: u8, act: Act) {
        self.with_pick(pick, |record| record.act = act);
    }

    pub(crate) fn make_ready(&self, pick: u8, ok: bool) {
        self.with_pick(pick, |record| record.ready = Some(ok));
    }

    /// Deals with one of the last futures.
    fn with_pick(&self, pick: u8, work: impl FnOnce(&mut Record)) {
        let mut state = self.state();
        let record = state.records.iter_mut().rev().nth(pick.into());
        if let Some(record) = record {
            work(record);
        }
    }

    pub(crate) fn take_act(&self, id: Id) -> Act {
        std::mem::replace(&mut self.state().records[id].act, Act::Nothing)
    }

    pub(crate) fn is_ready(&self, id: Id) -> Option<bool> {
        self.state().records[id].ready
    }

    /// A future is polled here, and must stay here.
    pub(crate) fn pinned_at(&self, id: Id, address: usize) {
        let here = *self.state().records[id].address.get_or_insert(address);
        assert_eq!(here, address, "it has moved");
    }

    /// A future is dropped here.
    pub(crate) fn dropped_at(&self, id: Id, address: usize) {
        let here = self.state().records[id].address;
        assert!(here.is_none_or(|here| here == address), "it has moved");
    }

    /// A future is polled; whether for the first time by its set.
    pub(crate) fn polled(&self, id: Id, waker: &Waker) -> bool {
        let state = &mut *self.state();
        let record = &mut state.records[id];
        assert!(!record.is_dropped, "polled after its drop");
        assert!(
            state.undropped.is_none(),
            "something is polled before what is done is dropped"
        );
        let turn = state.turn.as_mut().expect("polled by nobody");
        assert_eq!(turn.set, record.set, "polled by another set");
        assert!(turn.is_due, "polled though there are results to hand out");
        assert!(
            !(turn.only_next && turn.has_result),
            "polled beyond the result that is asked for"
        );
        let model = &mut state.sets[record.set];
        model.polls += 1;
        if let Some(closed) = &mut model.closed {
            closed.remove(&id);
        }
        assert!(model.polls <= TURNS, "the runtime does not get its turn");
        let first = match record.phase {
            Phase::Fresh => {
                assert!(model.free() > 0, "started beyond the limit");
                record.phase = Phase::Running;
                model.running += 1;
                true
            }
            Phase::Running => {
                let slot = (record.set, waker.data().addr());
                let due = state.due.contains_key(&slot);
                assert!(
                    due || state.is_flying(slot),
                    "polled though it was not woken"
                );
                if state.is_flying(slot) {
                    state.doubt(slot);
                } else {
                    state.answer(slot);
                }
                state.unseen.remove(&slot);
                false
            }
            Phase::Done => panic!("polled after it was done"),
        };
        let record = &mut state.records[id];
        let turn = state.turn.as_mut().expect("it is still there");
        let rank = (first, record.index);
        if !state.sets[record.set].is_unsettled {
            assert!(
                turn.last < Some(rank),
                "polled out of order, or twice in a turn"
            );
        }
        turn.last = Some(rank);
        record.polled_in = state.turns;
        if !first {
            state.learn(id, waker);
        }
        first
    }

    pub(crate) fn learn(&self, id: Id, waker: &Waker) {
        self.state().learn(id, waker);
    }

    /// It is ready, and the poll is about to give that.
    pub(crate) fn completed(&self, id: Id, ok: bool) {
        let state = &mut *self.state();
        let record = &mut state.records[id];
        record.ok = ok;
        record.phase = Phase::Done;
        let model = &mut state.sets[record.set];
        model.running -= 1;
        model.live.remove(&record.index);
        model.queue.push_back(id);
        state.undropped = Some(id);
        if let Some(turn) = &mut state.turn {
            turn.has_result = true;
        }
    }

    pub(crate) fn dropped(&self, id: Id) {
        let state = &mut *self.state();
        let record = &mut state.records[id];
        assert!(!record.is_dropped, "dropped twice");
        record.is_dropped = true;
        if state.undropped == Some(id) {
            state.undropped = None;
            return;
        }
        let end = &mut state.sets[record.set].end;
        match end {
            End::Live => assert!(state.turn.is_some(), "dropped without a reason"),
            End::InOrder(least) => assert!(*least <= record.index, "dropped out of order"),
            End::Apart => return,
        }
        *end = End::InOrder(record.index + 1);
    }

    pub(crate) fn output_dropped(&self, id: Id) {
        let record = &mut self.state().records[id];
        assert!(record.is_dropped, "an output is dropped before its future");
        assert!(!record.is_output_dropped, "an output is dropped twice");
        record.is_output_dropped = true;
    }

    // Wakers.

    /// Somebody keeps a waker of a future.
    pub(crate) fn keep(&self, waker: Waker, id: Id) {
        let slot = (self.state().records[id].set, waker.data().addr());
        let mut state = self.state();
        if state.kept.len() < MOST_KEPT {
            state.kept.push((slot, waker));
        }
    }

    fn pick(&self, pick: u8) -> Option<(Slot, Waker)> {
        let state = self.state();
        let at = state.kept.len().checked_sub(1)?;
        let (slot, waker) = &state.kept[at - usize::from(pick) % (at + 1)];
        (!self.is_over.get()).then(|| (*slot, waker.clone()))
    }

    fn take(&self, pick: u8) -> Option<(Slot, Waker)> {
        let mut state = self.state();
        let at = state.kept.len().checked_sub(1)?;
        if self.is_over.get() {
            return None;
        }
        Some(state.kept.swap_remove(at - usize::from(pick) % (at + 1)))
    }

    fn woken(&self, slot: Slot, is_certain: bool) {
        let state = &mut *self.state();
        let turn = state.turns;
        let due = state.due.entry(slot);
        let due = due.and_modify(|due| due.is_repeated = true).or_insert(Due {
            is_certain,
            is_repeated: false,
            turn,
        });
        due.is_certain |= is_certain;
        due.turn = turn;
    }

    /// A future has woken itself.
    pub(crate) fn woken_itself(&self, id: Id) {
        let slot = self.state().records[id].slot;
        self.woken(slot.expect("it is known"), true);
    }

    pub(crate) fn wake(&self, pick: u8) {
        if let Some((slot, waker)) = self.pick(pick) {
            self.woken(slot, true);
            waker.wake_by_ref();
        }
    }

    pub(crate) fn wake_away(&self, pick: u8) {
        if let Some((slot, waker)) = self.take(pick) {
            self.woken(slot, true);
            waker.wake();
        }
    }

    pub(crate) fn finish(&self, pick: u8) {
        if let Some((slot, waker)) = self.take(pick) {
            {
                let state = &mut *self.state();
                if let Some(id) = state.occupants.get(&slot) {
                    state.records[*id].ready = Some(pick % 4 != 0);
                }
            }
            self.woken(slot, true);
            waker.wake();
        }
    }

    pub(crate) fn drop_waker(&self, pick: u8) {
        drop(self.take(pick));
    }

    pub(crate) fn clone_waker(&self, pick: u8) {
        if let Some((slot, waker)) = self.pick(pick) {
            let mut state = self.state();
            if state.kept.len() < MOST_KEPT {
                state.kept.push((slot, waker));
            }
        }
    }

    /// Lets another thread use a waker.
    pub(crate) fn send(&self, pick: u8, how: Use) {
        let Some((slot, waker)) = self.take(pick) else {
            return;
        };
        if !matches!(how, Use::Drop) {
            let mut state = self.state();
            state.flying.insert(slot);
            state.unseen.insert(slot);
        }
        elsewhere::send(waker, how);
    }

    /// Waits for the other thread.
    pub(crate) fn land(&self) {
        elsewhere::join();
        let state = &mut *self.state();
        let turn = state.turns;
        for slot in state.flying.drain() {
            let is_certain = state.unseen.remove(&slot);
            let due = state.due.entry(slot);
            let due = due.and_modify(|due| due.is_repeated = true).or_insert(Due {
                is_certain,
                is_repeated: false,
                turn,
            });
            due.is_certain |= is_certain;
            due.turn = turn;
        }
    }

    /// Lets the parent's next wake use a waker.
    pub(crate) fn load_fuse(&self, pick: u8) {
        if let Some((slot, waker)) = self.take(pick) {
            self.state().fuse.insert(slot);
            self.parent().load(waker);
        }
    }

    /// Takes out what the parent has not used.
    pub(crate) fn unload_fuse(&self) {
        for waker in self.parent().unload() {
            crate::survive(|| drop(waker));
        }
        let slots = std::mem::take(&mut self.state().fuse);
        for slot in slots {
            self.woken(slot, false);
        }
    }

    /// From now on nobody uses kept wakers; these are they.
    pub(crate) fn take_wakers(&self) -> Vec<Waker> {
        self.is_over.set(true);
        let kept = std::mem::take(&mut self.state().kept);
        kept.into_iter().map(|(_, waker)| waker).collect()
    }

    // Sets.

    pub(crate) fn new_set(&self) -> SetId {
        let mut state = self.state();
        state.sets.push(Model::default());
        state.sets.len() - 1
    }

    pub(crate) fn next_index(&self, set: SetId) -> usize {
        self.state().sets[set].next
    }

    /// How many there are that were not handed out.
    pub(crate) fn len(&self, set: SetId) -> usize {
        let state = self.state();
        state.sets[set].live.len() + state.sets[set].queue.len()
    }

    pub(crate) fn limit(&self, set: SetId) -> Option<usize> {
        self.state().sets[set].limit
    }

    pub(crate) fn set_limit(&self, set: SetId, limit: Option<usize>, keeps: bool) {
        let model = &mut self.state().sets[set];
        model.limit = limit;
        model.keeps = keeps;
    }

    /// Whether an iterator may give more.
    pub(crate) fn set_source(&self, set: SetId, source: bool) {
        self.state().sets[set].source = source;
    }

    /// An iterator is asked for more.
    pub(crate) fn drawn(&self, set: SetId) {
        let state = self.state();
        assert!(state.turn.is_some(), "drawn from outside of a poll");
        let model = &state.sets[set];
        assert!(model.free() > model.fresh(), "drawn from without a place");
    }

    /// A set takes the futures of another one over, behind its own.
    pub(crate) fn merge(&self, set: SetId, other: SetId) {
        let state = &mut *self.state();
        let from = std::mem::take(&mut state.sets[other]);
        assert!(from.queue.is_empty());
        for id in from.live.into_values() {
            let model = &mut state.sets[set];
            let index = model.next;
            model.next += 1;
            model.live.insert(index, id);
            let record = &mut state.records[id];
            record.set = set;
            record.index = index;
            record.phase = Phase::Fresh;
            record.slot = None;
        }
    }

    /// A poll of the set begins. If it is only for the next result, and there is one, then nothing is polled.
    pub(crate) fn begin(&self, set: SetId, only_next: bool) {
        let parent = self.parent();
        let state = &mut *self.state();
        state.turns += 1;
        let model = &mut state.sets[set];
        let is_due = !only_next || model.queue.is_empty();
        let mut obliged = if is_due { state.due_in(set) } else { vec![] };
        if let Some(closed) = &state.sets[set].closed {
            obliged.retain(|id| closed.contains(id));
        }
        state.turn = Some(Turn {
            set,
            obliged,
            last: None,
            is_due,
            only_next,
            has_result: false,
            wakes: parent.wakes(),
            parent,
        });
    }

    /// It ends.
    pub(crate) fn end(&self, ended: Ended) {
        let state = &mut *self.state();
        let Some(turn) = state.turn.take() else {
            return;
        };
        let model = &mut state.sets[turn.set];
        assert!(model.end == End::Live, "futures were dropped");
        assert!(state.undropped.is_none(), "what is done was not dropped");
        let may_be_cut = model.polls >= TURN;
        let is_stopped = turn.only_next && turn.has_result;
        let is_quiet = ended == Ended::Pending && turn.parent.wakes() == turn.wakes;
        if turn.is_due && !is_stopped && (!may_be_cut || is_quiet) {
            for id in turn.obliged {
                assert_eq!(
                    state.records[id].polled_in, state.turns,
                    "woken, and not polled"
                );
            }
            assert!(
                model.fresh() == 0 || model.free() == 0,
                "a place is left free"
            );
            if model.source {
                assert!(
                    model.free() <= model.fresh(),
                    "a place is left free for more"
                );
            }
            let (set, now) = (turn.set, state.turns);
            let is_closed = model.closed.is_some();
            state
                .due
                .retain(|slot, due| slot.0 != set || is_closed || due.turn >= now);
        }
        model.is_unsettled = may_be_cut || is_stopped;
        match ended {
            Ended::Ready => model.waits = None,
            Ended::Pending => {
                model.polls = 0;
                model.waits = Some((turn.parent, turn.wakes));
            }
        }
    }

    /// A wait has closed the set, see [`Model::closed`].
    pub(crate) fn close(&self, set: SetId) {
        let state = &mut *self.state();
        let due = state.due_in(set);
        state.sets[set]
            .closed
            .get_or_insert_with(|| due.into_iter().collect());
    }

    /// The set is no longer closed.
    pub(crate) fn reopen(&self, set: SetId) {
        self.state().sets[set].closed = None;
    }

    /// The set is not polled after all.
    pub(crate) fn end_without(&self) {
        self.state().turn = None;
    }

    /// How those are done that were not handed out.
    pub(crate) fn outcomes(&self, set: SetId) -> Vec<bool> {
        let state = self.state();
        let queue = state.sets[set].queue.iter();
        queue.map(|id| state.records[*id].ok).collect()
    }

    /// What no poll could have lost.
    pub(crate) fn check(&self, set: SetId) {
        let state = self.state();
        assert!(state.turn.is_none());
        if let Some((parent, wakes)) = &state.sets[set].waits {
            if !state.due_in(set).is_empty() && parent.wakes() <= *wakes {
                // A thread that has woken another future may be just about to tell.
                elsewhere::join();
                assert!(parent.wakes() > *wakes, "a wake was lost");
            }
        }
    }

    /// A result is handed out.
    pub(crate) fn handed(&self, set: SetId, id: Id) {
        let state = &mut *self.state();
        let first = state.sets[set].queue.pop_front();
        assert_eq!(first, Some(id), "results are out of order");
        assert!(
            state.records[id].is_dropped,
            "a result comes before its future's drop"
        );
    }

    /// All results that were not handed out are handed out in the order of indices.
    pub(crate) fn sort_results(&self, set: SetId) {
        let state = &mut *self.state();
        let State { sets, records, .. } = state;
        let queue = sets[set].queue.make_contiguous();
        queue.sort_unstable_by_key(|id| records[*id].index);
    }

    /// From now on the set's futures may be dropped.
    pub(crate) fn ending(&self, set: SetId) {
        self.state().sets[set].end = End::InOrder(0);
    }

    /// From now on, or no longer, a set is being taken apart.
    pub(crate) fn take_apart(&self, set: SetId, is_apart: bool) {
        self.state().sets[set].end = if is_apart { End::Apart } else { End::Live };
    }

    /// The set is gone, or has ended with a panic: so must everything be that was in it.
    pub(crate) fn ended(&self, set: SetId) {
        let mut state = self.state();
        state.turn = None;
        state.undropped = None;
        let model = std::mem::take(&mut state.sets[set]);
        for id in model.live.into_values() {
            assert!(state.records[id].is_dropped, "a future is left over");
        }
        for id in model.queue {
            let record = &state.records[id];
            assert!(record.is_dropped, "a future is left over");
            // The output of a future whose drop panics is dropped, too.
            assert!(record.is_output_dropped, "a result is left over");
        }
    }

    /// Everything is gone.
    pub(crate) fn over(&self) {
        for record in &self.state().records {
            assert!(record.is_dropped);
            assert!(record.is_output_dropped || record.phase != Phase::Done);
        }
    }
}

impl Model {
    fn fresh(&self) -> usize {
        self.live.len() - self.running
    }

    /// Places beside those that are taken.
    fn free(&self) -> usize {
        let kept = if self.keeps { self.queue.len() } else { 0 };
        let limit = self.limit.unwrap_or(usize::MAX);
        limit.saturating_sub(self.running + kept)
    }
}

impl State {
    fn is_flying(&self, slot: Slot) -> bool {
        self.flying.contains(&slot) || self.fuse.contains(&slot)
    }

    /// Takes note of the slot that a waker is for, which its future has been given.
    fn learn(&mut self, id: Id, waker: &Waker) {
        let record = &mut self.records[id];
        let slot = (record.set, waker.data().addr());
        if record.slot != Some(slot) {
            record.slot = Some(slot);
            self.occupants.insert(slot, id);
            // Who has woken it before meant another one: that may have been seen.
            self.unseen.remove(&slot);
            self.doubt(slot);
        }
    }

    /// A poll answers a wake of a slot. Another one may follow if there was more than one wake.
    fn answer(&mut self, slot: Slot) {
        match self.due.get_mut(&slot) {
            Some(due) if due.is_repeated => {
                due.is_repeated = false;
                due.is_certain = false;
            }
            _ => drop(self.due.remove(&slot)),
        }
    }

    /// The wakes of a slot so far may have been answered.
    fn doubt(&mut self, slot: Slot) {
        if let Some(due) = self.due.get_mut(&slot) {
            due.is_certain = false;
        }
    }

    /// Those that the set must poll, for they were woken.
    fn due_in(&self, set: SetId) -> Vec<Id> {
        let due = self.due.iter();
        due.filter(|(slot, due)| slot.0 == set && due.is_certain && !self.is_flying(**slot))
            .filter_map(|(slot, _)| {
                let id = *self.occupants.get(slot)?;
                let record = &self.records[id];
                let is_it = record.slot == Some(*slot) && record.phase == Phase::Running;
                is_it.then_some(id)
            })
            .collect()
    }
}

/// What is pushed at once.
pub(crate) const KINDS: [Kind; 4] = [Kind::Keeping, Kind::Keeping, Kind::Hoarding, Kind::Instant];
