//! The conditions under which a wait returns.

/// Decides when a [`wait!`](crate::wait) returns. The wait returns in any case when all futures are done.
pub trait Condition<T> {
    /// Returns whether the wait returns at once, without polling.
    #[doc(hidden)]
    #[inline]
    fn holds_at_once(&self) -> bool {
        false
    }

    /// Takes note of an output, in completion order. Outputs that were in the set before the wait come first.
    #[doc(hidden)]
    fn observe(&mut self, output: &T);

    /// Takes note that the wait begins with `live` unfinished futures. The outputs that were in the set before have been
    /// observed.
    #[doc(hidden)]
    #[inline]
    fn begin(&mut self, _live: usize) {}

    /// Returns whether the wait returns, with `done` results that were not handed out and `live` unfinished futures.
    #[doc(hidden)]
    fn holds(&self, done: usize, live: usize) -> bool;
}

/// The conditions that are known by name.
#[derive(Debug)]
pub enum When<T> {
    /// All futures are done.
    All,
    /// This number of futures is done.
    Completed(usize),
    /// A number of outputs is `Ok`, or is `Err`.
    Counted(Counted<T>),
}

/// Waits for a number of outputs of one kind.
#[derive(Debug)]
pub struct Counted<T> {
    counts: fn(&T) -> bool,
    wanted: usize,
    found: usize,
    /// Whether there were as many futures and outputs as are wanted when the wait began. Otherwise all futures are waited for.
    was_reachable: bool,
}

impl<T> When<T> {
    /// Waits for `wanted` outputs for which `counts` returns `true`, or until so many cannot be reached any more.
    pub(crate) const fn counted(wanted: usize, counts: fn(&T) -> bool) -> Self {
        Self::Counted(Counted {
            counts,
            wanted,
            found: 0,
            was_reachable: false,
        })
    }
}

impl<T> Condition<T> for When<T> {
    fn holds_at_once(&self) -> bool {
        match self {
            Self::All => false,
            Self::Completed(wanted) | Self::Counted(Counted { wanted, .. }) => *wanted == 0,
        }
    }

    #[inline]
    fn observe(&mut self, output: &T) {
        if let Self::Counted(this) = self {
            this.found += usize::from((this.counts)(output));
        }
    }

    fn begin(&mut self, live: usize) {
        if let Self::Counted(this) = self {
            this.was_reachable = this.found + live >= this.wanted;
        }
    }

    fn holds(&self, done: usize, live: usize) -> bool {
        match self {
            Self::All => false,
            Self::Completed(wanted) => done >= *wanted,
            Self::Counted(this) => {
                this.found >= this.wanted || this.was_reachable && this.found + live < this.wanted
            }
        }
    }
}

/// Waits until a closure of the user has returned `true`. It is called once for each output, and not after that.
//
// The call is a function pointer, because a predicate of a wrong type would cause a second error where the wait is awaited.
#[derive(Debug)]
pub struct Until<P, T> {
    predicate: P,
    call: fn(&mut P, &T) -> bool,
    holds: bool,
}

impl<P: FnMut(&T) -> bool, T> Until<P, T> {
    pub(crate) const fn new(predicate: P) -> Self {
        Self {
            predicate,
            call: |predicate, output| predicate(output),
            holds: false,
        }
    }
}

impl<P, T> Condition<T> for Until<P, T> {
    fn observe(&mut self, output: &T) {
        if !self.holds {
            self.holds = (self.call)(&mut self.predicate, output);
        }
    }

    #[inline]
    fn holds(&self, _: usize, _: usize) -> bool {
        self.holds
    }
}
