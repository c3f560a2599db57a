//! What can happen to a set, drawn at random.

use proptest::{collection::vec, prelude::*};

/// One of some things, however many there are then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pick(proptest::sample::Index);

impl Pick {
    pub(super) fn at(self, len: usize) -> Option<usize> {
        (len > 0).then(|| self.0.index(len))
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// Is ready at its first poll and keeps no waker.
    Instant,
    /// Drops its waker: nobody else can wake it.
    Shy,
    Keeping,
    /// As `Shy`.
    PanicsInDrop,
}

/// What a child does in a poll.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Nothing,
    WakeSelf,
    /// Uses some waker that is kept.
    Wake(Pick),
    /// Clones its waker.
    Keep,
    /// Drops some waker that is kept.
    Drop(Pick),
    Panic,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Push(Kind),
    /// Polls, until so many are done.
    Poll(usize),
    /// The same in so many permits beside those of the running, which those that are done keep or free.
    PollIn(usize, usize, bool),
    /// Leaves out the next so many indices.
    Skip(usize),
    Wake(Pick),
    WakeElsewhere(Pick),
    /// Makes a child ready and wakes it.
    Finish(Pick),
    /// Makes a child ready, but does not wake it.
    Ready(Pick),
    /// Tells a child what to do in its next poll.
    Tell(Pick, Act),
    Drop(Pick),
    /// Drops a child, if it is not done.
    Cancel(Pick),
    /// Polls with another parent.
    Move,
    /// Ends the set and begins anew.
    End(End),
}

/// How a set ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    Drop,
    Clear,
    /// The futures are taken out first, and then dropped: every other one, and the rest in reverse.
    TakeOut,
}

#[derive(Clone, Debug)]
pub(super) struct Case {
    /// Room of the first segment.
    pub(super) room: usize,
    /// What is pushed at once.
    pub(super) first: Vec<Kind>,
    pub(super) ops: Vec<Op>,
    /// How a set ends that panics, or is left over.
    pub(super) end: End,
}

fn pick() -> impl Strategy<Value = Pick> + Clone {
    any::<proptest::sample::Index>().prop_map(Pick)
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        2 => Just(Kind::Instant),
        4 => Just(Kind::Shy),
        20 => Just(Kind::Keeping),
        1 => Just(Kind::PanicsInDrop),
    ]
}

/// Kinds that leave a large set as it is.
fn steady_kind() -> impl Strategy<Value = Kind> {
    prop_oneof![1 => Just(Kind::Instant), 20 => Just(Kind::Keeping)]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Nothing),
        8 => Just(Act::WakeSelf),
        16 => pick().prop_map(Act::Wake),
        4 => Just(Act::Keep),
        4 => pick().prop_map(Act::Drop),
        1 => Just(Act::Panic),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop::sample::select(vec![End::Drop, End::Clear, End::TakeOut])
}

fn most() -> impl Strategy<Value = usize> {
    prop_oneof![2 => Just(usize::MAX), 1 => 1_usize..4]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        40 => kind().prop_map(Op::Push),
        30 => Just(Op::Poll(usize::MAX)),
        20 => (1_usize..4).prop_map(Op::Poll),
        10 => (most(), 0_usize..12, any::<bool>())
            .prop_map(|(most, permits, kept)| Op::PollIn(most, permits, kept)),
        60 => pick().prop_map(Op::Wake),
        3 => pick().prop_map(Op::WakeElsewhere),
        40 => pick().prop_map(Op::Finish),
        50 => pick().prop_map(Op::Ready),
        30 => (pick(), act()).prop_map(|(pick, act)| Op::Tell(pick, act)),
        10 => pick().prop_map(Op::Drop),
        20 => pick().prop_map(Op::Cancel),
        10 => Just(Op::Move),
        1 => (0_usize..3).prop_map(Op::Skip),
        1 => end().prop_map(Op::End),
    ]
}

/// Sizes about those of a group, a turn and a summary.
fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        12 => 0_usize..10,
        6 => prop::sample::select(vec![63, 64, 65, 127, 128, 129, 511, 513]),
        1 => prop::sample::select(vec![4095, 4096, 4097, 4161]),
    ]
}

fn case() -> impl Strategy<Value = (usize, Vec<Kind>)> {
    let rooms = prop::sample::select(vec![1_usize, 3, 64, 65, 128, 4097]);
    (rooms, size()).prop_flat_map(|(room, size)| (Just(room), vec(steady_kind(), size)))
}

pub(super) fn cases() -> impl Strategy<Value = Case> {
    (case(), vec(op(), 0..400), end()).prop_map(|((room, first), ops, end)| Case {
        room,
        first,
        ops,
        end,
    })
}
