//! Operations that take several polls, between which other things happen.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    mem,
    pin::{Pin, pin},
    rc::Rc,
    task::Poll,
};

use futures_core::FusedStream;
use rejoin::{Done, Pending, as_completed, gather, wait};

use super::{Child, Gate, Interpreter, Item, Kind, Subject, World, id};
use crate::world::{Ended, KINDS, SetId};

type Waiting = Pin<Box<dyn Future<Output = (Done<Item>, Pending<Child>)>>>;

/// A condition of a wait.
#[derive(Clone, Copy)]
enum When {
    All,
    Completed(usize),
    Exception,
    Success,
    Succeeded(usize),
    Failed(usize),
    /// `UNTIL` a predicate that holds at this number of failures.
    Until(usize),
}

impl When {
    /// Returns whether it holds with these outcomes, and `live` futures that are not done. `reach` has the numbers of successes and of
    /// failures that were within reach when the wait began.
    fn holds(self, outcomes: &[bool], live: usize, reach: (usize, usize)) -> bool {
        let count = |wanted| outcomes.iter().filter(|ok| **ok == wanted).count();
        let reached = |found, n, at_first| found >= n || at_first >= n && found + live < n;
        match self {
            Self::All => false,
            Self::Completed(n) => outcomes.len() >= n,
            Self::Exception => reached(count(false), 1, reach.1),
            Self::Success => reached(count(true), 1, reach.0),
            Self::Succeeded(n) => reached(count(true), n, reach.0),
            Self::Failed(n) => reached(count(false), n, reach.1),
            Self::Until(n) => count(false) >= n,
        }
    }
}

/// An iterator of futures for a set.
struct Feed {
    world: Rc<World>,
    set: SetId,
    left: u8,
    is_limited: bool,
    /// After so many it panics.
    panics: Option<u8>,
    /// Whether it says how many there are.
    tells: bool,
}

impl Iterator for Feed {
    type Item = Child;

    fn next(&mut self) -> Option<Child> {
        if self.is_limited {
            self.world.drawn(self.set);
        }
        if self.left == 0 {
            self.world.set_source(self.set, false);
            return None;
        }
        self.left -= 1;
        if let Some(panics) = &mut self.panics {
            if *panics == 0 {
                crate::boom();
            }
            *panics -= 1;
        }
        let kind = KINDS[usize::from(self.left) % KINDS.len()];
        Some(Child::new(self.world.join(self.set), kind, &self.world))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.left.into();
        if self.tells {
            (left, Some(left))
        } else {
            (0, None)
        }
    }
}

/// What happens to a stream, whose type has no name, until it ends. Gives the set back if it was taken out.
macro_rules! stream_session {
    ($self:ident, $set:ident, $stream:ident) => {{
        let mut stream = $stream;
        loop {
            match $self.session_step() {
                Next::Poll => {
                    $self.world.begin($set, true);
                    match $self.poll($set, Pin::new(&mut stream.next())) {
                        None => break None,
                        Some(Poll::Pending) => {}
                        Some(Poll::Ready(None)) => {
                            assert_eq!($self.world.len($set), 0);
                            assert!(stream.is_empty() && stream.is_terminated());
                        }
                        Some(Poll::Ready(Some(item))) => $self.world.handed($set, id(&item)),
                    }
                    $self.world.check($set);
                    assert!(stream.len() >= $self.world.len($set));
                }
                Next::Push(kind) => {
                    let index = $self.world.next_index($set);
                    let child = Child::new($self.world.join($set), kind, &$self.world);
                    assert_eq!(stream.push(child), index);
                }
                Next::Stop if $self.bytes.byte() % 4 == 1 => {
                    $self.end_of($set, stream);
                    break None;
                }
                Next::Stop => {
                    $self.world.set_source($set, false);
                    $self.world.set_limit($set, None, false);
                    let (pending, set) = (stream.into_pending(), $set);
                    break Some(Subject { pending, set });
                }
                Next::Nothing => $self.world.check($set),
            }
        }
    }};
}

/// What the body of a loop does.
#[derive(Clone, Copy)]
enum Body {
    Nothing,
    Await(u8),
    Push(Kind),
    Break,
}

/// Whether a session goes on.
enum Next {
    Poll,
    Stop,
    Push(Kind),
    Nothing,
}

impl Interpreter<'_> {
    /// What a session does next. All may stop early.
    fn session_step(&mut self) -> Next {
        let Some(op) = self.bytes.next() else {
            return Next::Stop;
        };
        match op % 16 {
            0..5 => Next::Poll,
            5 => Next::Stop,
            6 => Next::Push(self.bytes.kind()),
            _ => {
                self.world_step(op / 16);
                Next::Nothing
            }
        }
    }

    /// Awaits something else while the set goes on.
    pub(super) fn drive(&mut self) {
        let Subject { mut pending, set } = self.take_first();
        let world = Rc::clone(&self.world);
        let polls = Cell::new(self.bytes.below(4));
        let gate = Gate {
            world: &world,
            set,
            polls,
        };
        let outcome = {
            let mut driving = pin!(pending.drive(gate));
            loop {
                match self.session_step() {
                    Next::Poll => match self.poll_alone(driving.as_mut()) {
                        Some(Poll::Pending) => self.world.end(Ended::Pending),
                        Some(Poll::Ready(())) => {
                            self.world.end_without();
                            break true;
                        }
                        None => {
                            self.world.ended(set);
                            break false;
                        }
                    },
                    Next::Stop => break true,
                    Next::Push(_) | Next::Nothing => {}
                }
                self.world.check(set);
            }
        };
        self.put_first(outcome, Subject { pending, set });
    }

    fn take_first(&mut self) -> Subject {
        let set = self.first.set;
        let pending = mem::take(&mut self.first.pending);
        Subject { pending, set }
    }

    /// Puts a set back that has not panicked.
    fn put_first(&mut self, is_whole: bool, subject: Subject) {
        self.first = if is_whole {
            subject
        } else {
            Subject::new(&self.world)
        };
    }

    pub(super) fn wait(&mut self) {
        let Subject { pending, set } = self.take_first();
        let limit = self.bytes.limit();
        let when = match self.bytes.below(16) {
            0 => When::All,
            1 => When::Exception,
            2 => When::Success,
            n @ 3..6 => When::Completed(usize::from(n) - 2),
            n @ 6..10 => When::Succeeded(usize::from(n) - 5),
            n @ 10..14 => When::Failed(usize::from(n) - 9),
            n => When::Until(usize::from(n) - 13),
        };
        let outcomes = self.world.outcomes(set);
        let live = self.world.len(set) - outcomes.len();
        let successes = outcomes.iter().filter(|ok| **ok).count();
        let reach = (live + successes, live + outcomes.len() - successes);
        let failures = Cell::new(0);
        let mut wait: Waiting = match (when, limit) {
            (When::All, None) => Box::pin(wait!(..pending)),
            (When::All, Some(limit)) => Box::pin(wait!(..pending, limit = limit)),
            (When::Exception, _) => Box::pin(
                wait!(<return_when = FIRST_EXCEPTION, limit = limit.unwrap_or(usize::MAX)> ..pending),
            ),
            (When::Success, _) => Box::pin(wait!(
                ..pending,
                return_when = FIRST_SUCCESS,
                limit = limit.unwrap_or(usize::MAX)
            )),
            (When::Succeeded(n), None) => Box::pin(wait!(..pending, return_when = SUCCEEDED(n))),
            (When::Succeeded(n), Some(limit)) => {
                Box::pin(wait!(..pending, return_when = SUCCEEDED(n), limit = limit))
            }
            (When::Failed(n), None) => Box::pin(wait!(..pending, return_when = FAILED(n))),
            (When::Failed(n), Some(limit)) => {
                Box::pin(wait!(..pending, return_when = FAILED(n), limit = limit))
            }
            (When::Until(n), _) => Box::pin(wait!(
                ..pending,
                return_when = UNTIL(move |output| {
                    failures.set(failures.get() + usize::from(output.is_err()));
                    failures.get() == n
                }),
                limit = limit.unwrap_or(usize::MAX)
            )),
            (When::Completed(1), None) => Box::pin(wait!(..pending, return_when = FIRST_COMPLETED)),
            (When::Completed(n), _) => Box::pin(wait!(
                ..pending,
                return_when = COMPLETED(n),
                limit = limit.unwrap_or(usize::MAX)
            )),
        };
        self.world.set_limit(set, limit, false);
        loop {
            match self.session_step() {
                Next::Poll => {
                    self.world.begin(set, false);
                    let wakes = self.parent.wakes();
                    match self.poll(set, wait.as_mut()) {
                        Some(Poll::Pending) => {
                            // If it was woken, the turn may have been cut short.
                            let outcomes = self.world.outcomes(set);
                            let live = self.world.len(set) - outcomes.len();
                            let met = when.holds(&outcomes, live, reach);
                            assert!(!met || self.parent.wakes() > wakes, "it waits for too much");
                            if met {
                                self.world.close(set);
                            }
                        }
                        Some(Poll::Ready((done, pending))) => {
                            self.world.reopen(set);
                            let outcomes: Vec<_> = done.iter().map(Result::is_ok).collect();
                            assert_eq!(outcomes, self.world.outcomes(set));
                            let live = pending.len();
                            assert!(when.holds(&outcomes, live, reach) || live == 0);
                            self.take_done(set, done);
                            assert_eq!(pending.len(), self.world.len(set));
                            self.first = Subject { pending, set };
                            return;
                        }
                        None => break,
                    }
                    self.world.check(set);
                }
                Next::Stop => {
                    self.end_of(set, wait);
                    break;
                }
                Next::Push(_) | Next::Nothing => self.world.check(set),
            }
        }
        self.first = Subject::new(&self.world);
    }

    fn take_done(&self, set: SetId, done: Done<Item>) {
        for (index, item) in done.indexed() {
            assert_eq!(index, self.world.index(id(&item)));
            self.world.handed(set, id(&item));
        }
    }

    pub(super) fn stream(&mut self) {
        let Subject { pending, set } = self.take_first();
        let limit = self.bytes.limit();
        let flags = self.bytes.byte();
        let feed = Feed {
            world: Rc::clone(&self.world),
            set,
            left: self.bytes.byte(),
            is_limited: limit.is_some(),
            panics: (limit.is_some() && flags % 8 == 0).then_some(flags / 8),
            tells: flags % 2 == 0,
        };
        self.world.set_limit(set, limit, limit.is_some());
        self.world.set_source(set, limit.is_some());
        let whole = if let Some(limit) = limit {
            let stream = as_completed!(..pending, ..feed, limit = limit);
            stream_session!(self, set, stream)
        } else {
            let stream = as_completed!(..pending, ..feed);
            stream_session!(self, set, stream)
        };
        self.first = whole.unwrap_or_else(|| Subject::new(&self.world));
    }

    pub(super) fn in_loop(&mut self) {
        let Subject { mut pending, set } = self.take_first();
        let limit = self.bytes.limit();
        let bodies: VecDeque<_> = (0..self.bytes.below(16)).map(|_| self.body()).collect();
        let bodies = RefCell::new(bodies);
        let before = self.world.limit(set);
        let most = limit.unwrap_or(usize::MAX);
        if limit.is_some() {
            self.world.set_limit(set, limit, true);
        }
        let world = Rc::clone(&self.world);
        let body = |item: Item| {
            world.end(Ended::Ready);
            world.handed(set, id(&item));
            world.begin(set, true);
            let body = bodies.borrow_mut().pop_front();
            if let Some(Body::Break) = body {
                world.end_without();
            }
            body.unwrap_or(Body::Nothing)
        };
        let gate = |polls| Gate {
            world: &world,
            set,
            polls: Cell::new(polls),
        };
        let child = |kind| Child::new(world.join(set), kind, &world);
        let is_whole = {
            let lent = &mut pending;
            let mut looping: Pin<Box<dyn Future<Output = ()> + '_>> = if limit.is_some() {
                Box::pin(async {
                    as_completed!(
                        for item in ..&mut *lent {
                            match body(item) {
                                Body::Nothing => {}
                                Body::Await(polls) => gate(polls).await,
                                Body::Push(kind) => {
                                    lent.push(child(kind));
                                    // It may be started for the next item.
                                    world.begin(set, true);
                                }
                                Body::Break => break,
                            }
                        },
                        limit = most
                    );
                })
            } else {
                Box::pin(async {
                    as_completed!(for item in ..&mut *lent {
                        match body(item) {
                            Body::Nothing => {}
                            Body::Await(polls) => gate(polls).await,
                            Body::Push(kind) => {
                                lent.push(child(kind));
                                // It may be started for the next item.
                                world.begin(set, true);
                            }
                            Body::Break => break,
                        }
                    });
                })
            };
            loop {
                match self.session_step() {
                    Next::Poll => {
                        self.world.begin(set, true);
                        match self.poll(set, looping.as_mut()) {
                            Some(Poll::Pending) => self.world.check(set),
                            other => break other.is_some(),
                        }
                    }
                    Next::Stop => break true,
                    Next::Push(_) | Next::Nothing => self.world.check(set),
                }
            }
        };
        if is_whole {
            self.world.set_limit(set, before, false);
        }
        self.put_first(is_whole, Subject { pending, set });
    }

    fn body(&mut self) -> Body {
        match self.bytes.below(8) {
            0..3 => Body::Nothing,
            3..6 => Body::Await(self.bytes.below(3)),
            6 => Body::Push(self.bytes.kind()),
            _ => Body::Break,
        }
    }

    /// All at once, in the order of indices.
    pub(super) fn gather(&mut self) {
        let Subject { pending, set } = self.take_first();
        let pending = self.now(set, wait!(..pending, return_when = COMPLETED(0)));
        let from = set;
        self.first = Subject::new(&self.world);
        let begin = || Box::pin(gather!(..pending, return_exceptions = true));
        let Some(mut gather) = self.apart(&[from], begin) else {
            return;
        };
        let set = self.world.new_set();
        self.world.merge(set, from);
        loop {
            match self.session_step() {
                Next::Poll => {
                    self.world.begin(set, false);
                    match self.poll(set, gather.as_mut()) {
                        Some(Poll::Pending) => self.world.check(set),
                        Some(Poll::Ready(items)) => {
                            self.world.sort_results(set);
                            for item in &items {
                                self.world.handed(set, id(item));
                            }
                            assert_eq!(self.world.len(set), 0);
                            return self.end_of(set, gather);
                        }
                        None => return,
                    }
                }
                Next::Stop => return self.end_of(set, gather),
                Next::Push(_) | Next::Nothing => self.world.check(set),
            }
        }
    }
}
