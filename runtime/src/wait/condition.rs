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

/// Waits for a number of futures, whatever their outputs are.
#[derive(Debug)]
pub struct Completed(usize);

impl Completed {
    /// Waits for all futures.
    pub(crate) const ALL: Self = Self(usize::MAX);

    pub(crate) const fn new(wanted: usize) -> Self {
        Self(wanted)
    }
}

impl<T> Condition<T> for Completed {
    #[inline]
    fn holds_at_once(&self) -> bool {
        self.0 == 0
    }

    #[inline]
    fn observe(&mut self, _: &T) {}

    #[inline]
    fn holds(&self, done: usize, _: usize) -> bool {
        done >= self.0
    }
}

/// Waits for a number of outputs of one kind, or until so many cannot be reached any more.
#[derive(Debug)]
pub struct Counted<T> {
    counts: fn(&T) -> bool,
    wanted: usize,
    found: usize,
    /// Whether there were as many futures and outputs as are wanted when the wait began. Otherwise all futures are waited for.
    was_reachable: bool,
}

impl<T> Counted<T> {
    /// Waits for `wanted` outputs for which `counts` returns `true`.
    pub(crate) const fn new(wanted: usize, counts: fn(&T) -> bool) -> Self {
        Self {
            counts,
            wanted,
            found: 0,
            was_reachable: false,
        }
    }
}

impl<T> Condition<T> for Counted<T> {
    fn holds_at_once(&self) -> bool {
        self.wanted == 0
    }

    #[inline]
    fn observe(&mut self, output: &T) {
        self.found += usize::from((self.counts)(output));
    }

    fn begin(&mut self, live: usize) {
        self.was_reachable = self.found + live >= self.wanted;
    }

    fn holds(&self, _: usize, live: usize) -> bool {
        self.found >= self.wanted || self.was_reachable && self.found + live < self.wanted
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
