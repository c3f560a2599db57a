//! How many branches may run at once.

/// The `limit` of a call. Branches start in argument order.
pub trait Limit {
    /// Whether there is one.
    const LIMITED: bool;

    /// Places that are free.
    fn places(&self) -> usize;

    /// Whether one more may start.
    fn has_place(&self) -> bool;

    /// One more has started, of this spread.
    fn take_place(&mut self);

    /// One that had started is done.
    fn free_place(&mut self);

    /// Whether this branch has started; a spread has when its iterator has ended.
    fn has_started(&self, branch: usize) -> bool;

    /// Whether it is this branch's turn to start, as places allow.
    fn is_next(&self, branch: usize) -> bool;

    /// Starts this branch, if it is its turn and there is a place.
    fn start(&mut self, branch: usize) -> bool;

    /// This spread, whose turn it is, has started all it has.
    fn pass(&mut self);

    /// Whether a branch below `end` may be started now.
    fn reaches(&self, end: usize) -> bool;
}

/// All run at once: they start together, in one turn.
pub struct Unlimited;

impl Limit for Unlimited {
    const LIMITED: bool = false;

    #[inline]
    fn places(&self) -> usize {
        usize::MAX
    }

    #[inline]
    fn has_place(&self) -> bool {
        true
    }

    #[inline]
    fn take_place(&mut self) {}

    #[inline]
    fn free_place(&mut self) {}

    #[inline]
    fn has_started(&self, _: usize) -> bool {
        true
    }

    #[inline]
    fn is_next(&self, _: usize) -> bool {
        true
    }

    #[inline]
    fn start(&mut self, _: usize) -> bool {
        true
    }

    #[inline]
    fn pass(&mut self) {}

    #[inline]
    fn reaches(&self, _: usize) -> bool {
        true
    }
}

/// `limit = n`.
pub struct Limited {
    places: usize,
    /// Branches below have started, those above have not.
    next: usize,
}

impl Limited {
    /// # Panics
    ///
    /// If `limit` is zero.
    #[track_caller]
    pub(crate) fn new(limit: usize) -> Self {
        assert!(limit > 0, "`limit` must be at least 1");
        Self {
            places: limit,
            next: 0,
        }
    }
}

impl Limit for Limited {
    const LIMITED: bool = true;

    fn places(&self) -> usize {
        self.places
    }

    fn has_place(&self) -> bool {
        self.places > 0
    }

    fn take_place(&mut self) {
        self.places -= 1;
    }

    fn free_place(&mut self) {
        self.places += 1;
    }

    fn has_started(&self, branch: usize) -> bool {
        branch < self.next
    }

    fn is_next(&self, branch: usize) -> bool {
        branch == self.next
    }

    fn start(&mut self, branch: usize) -> bool {
        let starts = self.is_next(branch) && self.has_place();
        if starts {
            self.take_place();
            self.pass();
        }
        starts
    }

    fn pass(&mut self) {
        self.next += 1;
    }

    fn reaches(&self, end: usize) -> bool {
        self.has_place() && self.next < end
    }
}
