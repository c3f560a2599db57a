//! A set whose futures are often done at their first poll.

use std::{future::Future, ops::ControlFlow, task::Context};

use super::{
    AtHome, Places, Set, TURN, Turn,
    block::{Home, LARGEST},
    slots::{PassEnd, Segment},
};
use crate::panics::Panics;

/// What is little to make as long as nothing has to be waited for, and a [`Set`] from then on.
#[allow(
    clippy::large_enum_variant,
    reason = "a set in a box would be more memory than a small one may take"
)]
pub(crate) enum Lazy<F> {
    /// Slots of which none was polled, or whose futures all were done then.
    Slots(Segment<F>),
    /// A set.
    Set(Set<F>),
}

impl<F: Future> Lazy<F> {
    #[inline]
    pub(crate) fn new() -> Self {
        Self::Slots(Segment::with_capacity(0, 0))
    }

    /// Puts in `futures`, where there are none.
    #[inline]
    pub(crate) fn fill(&mut self, futures: Vec<F>) {
        if futures.len() > LARGEST {
            self.set().fill(futures);
        } else if !futures.is_empty() {
            *self = Self::Slots(Segment::from_vec(futures));
        }
    }

    /// The set that it is from now on.
    pub(crate) fn set(&mut self) -> &mut Set<F> {
        if let Self::Slots(slots) = self {
            let slots = std::mem::replace(slots, Segment::with_capacity(0, 0));
            *self = Self::Set(Set::begun(slots, 0, 0));
        }
        match self {
            Self::Set(set) => set,
            Self::Slots(_) => unreachable!("it was made one"),
        }
    }

    /// Futures that are not done.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Slots(slots) => slots.unstarted(),
            Self::Set(set) => set.len(),
        }
    }

    /// See [`Set::yielding`].
    #[inline]
    pub(crate) fn yielding<B>(&mut self, cx: &Context<'_>, turn: Turn<B>) -> Turn<B> {
        match self {
            Self::Set(set) => set.yielding(cx, turn),
            Self::Slots(_) => turn,
        }
    }

    /// See [`Set::rest`].
    #[inline]
    pub(crate) fn rest(&mut self) {
        if let Self::Set(set) = self {
            set.rest();
        }
    }

    /// See [`Set::poll_turn`].
    #[inline]
    pub(crate) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        places: Places,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        match self {
            Self::Slots(slots) if slots.filled() == 0 => Turn::Done,
            Self::Slots(_) => self.begin(cx, done),
            Self::Set(set) => set.poll_turn(cx, places, done),
        }
    }

    #[inline]
    fn begin<B>(
        &mut self,
        cx: &mut Context<'_>,
        done: impl FnMut(usize, F::Output) -> ControlFlow<B>,
    ) -> Turn<B> {
        let Self::Slots(slots) = self else {
            unreachable!("it was looked at")
        };
        let pass = slots.poll_new(Home::Own(cx.waker(), 0), TURN, done);
        let is_cut = match pass.end {
            // Nothing is polled any more.
            PassEnd::Stopped(stop) => return Turn::Stopped(stop),
            PassEnd::Reached if pass.polled == pass.done => return Turn::Done,
            PassEnd::Reached => false,
            PassEnd::Full | PassEnd::Spent => true,
        };
        let slots = std::mem::replace(slots, Segment::with_capacity(0, 0));
        let set = Set::begun(slots, pass.polled, pass.done);
        *self = Self::Set(set);
        if is_cut { Turn::Cut } else { Turn::Done }
    }
}

impl<F> Lazy<F> {
    /// Drops every future, in the order of pushes. Nothing may be polled after that.
    pub(crate) fn clear(&mut self, panics: &mut Panics) {
        match self {
            Self::Set(set) => set.clear(panics),
            Self::Slots(slots) => {
                slots.clear(panics);
                // With a block go wakers.
                let gone = std::mem::replace(slots, Segment::with_capacity(0, 0));
                panics.drop(gone);
            }
        }
    }
}

impl<F: Future> Set<F> {
    /// The set of these slots, of which the first were `polled` in one turn, and as many of those are `done`.
    fn begun(slots: Segment<F>, polled: usize, done: usize) -> Self {
        let mut set = Self::new();
        let count = slots.filled();
        set.order.append(count);
        set.order.started(polled);
        set.order.ended(done);
        set.running = polled - done;
        set.polls = polled;
        set.home = slots.has_owner().then(|| AtHome::new(0, &slots));
        set.segments = super::segments::Segments::new(slots);
        set
    }
}
