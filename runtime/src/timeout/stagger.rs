//! `stagger`: branches that start one after another.
//!
//! The call polls all branches as ever, and each branch waits in this queue until it may start. So the call's own code does not
//! depend on the option. Only the first branch of the queue has a timer.

use std::{
    collections::VecDeque,
    future::Future,
    marker::PhantomData,
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker, ready},
};

use pin_project_lite::pin_project;
use tokio::{task::yield_now, time::Instant};

use super::{Deadline, Timeout};
use crate::{
    gather::Fallible,
    keyed::{KeyedFuture, TakeKey},
};

/// The queue of the branches of a call with `stagger`, which have not started.
pub struct Stagger {
    interval: Timeout,
    queue: Mutex<Queue>,
}

struct Queue {
    /// When the first branch of the queue may start.
    due: Due,
    /// The number of branches that may start earlier, because others have failed.
    early: usize,
    /// Whether the first branch of the queue could start in the last poll, and has let the call look at its other ends first.
    is_announced: bool,
    /// The ticket of the next branch that enters.
    next_ticket: u64,
    waiting: VecDeque<Waiting>,
}

#[derive(Clone, Copy)]
enum Due {
    /// At once, because no branch has started yet.
    Now,
    At(Instant),
    /// At a time that the clock cannot represent.
    Never,
}

/// A branch in the queue. Tickets are in ascending order.
struct Waiting {
    ticket: u64,
    /// `None` once it was taken to wake the branch.
    waker: Option<Waker>,
}

/// An action of a branch in the queue.
enum Turn {
    Starts,
    /// It is woken when its predecessor starts, or when a failure starts it.
    Waits,
    /// It is the first one, and starts at this time.
    StartsAt(Instant),
    /// It starts in the next poll.
    Announced,
}

impl Stagger {
    pub(crate) fn new(interval: Timeout) -> Arc<Self> {
        Arc::new(Self {
            interval,
            queue: Mutex::new(Queue {
                due: Due::Now,
                early: 0,
                is_announced: false,
                next_ticket: 0,
                waiting: VecDeque::new(),
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // No code of the user runs under the lock, so it is consistent after a panic.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Polls a branch that has not started. A branch without a ticket enters the queue.
    fn poll(&self, ticket: &mut Option<u64>, waker: &Waker) -> Turn {
        if self.interval.after().is_zero() {
            return Turn::Starts;
        }
        // Wakers are cloned, dropped and woken without the lock.
        let mut own = Some(waker.clone());
        let mut next = None;
        let turn = {
            let mut queue = self.lock();
            let ticket = *ticket.get_or_insert_with(|| queue.enter());
            let turn = queue.poll(ticket, &mut own);
            if matches!(turn, Turn::Starts) {
                queue.waiting.pop_front();
                let due = Instant::now().checked_add(self.interval.after());
                queue.due = due.map_or(Due::Never, Due::At);
                queue.early = queue.early.saturating_sub(1);
                next = queue.take_first_waker();
            }
            turn
        };
        drop(own);
        wake(next);
        turn
    }

    /// Lets one more branch start, because a branch has failed.
    fn start_early(&self) {
        let next = {
            let mut queue = self.lock();
            queue.early += 1;
            queue.take_first_waker()
        };
        wake(next);
    }

    /// Removes a branch that is dropped before it has started.
    fn leave(&self, ticket: u64) {
        let (removed, next) = {
            let mut queue = self.lock();
            let position = queue.position(ticket);
            let removed = position.and_then(|n| queue.waiting.remove(n));
            let next = match position {
                Some(0) => {
                    queue.is_announced = false;
                    queue.take_first_waker()
                }
                _ => None,
            };
            (removed, next)
        };
        drop(removed);
        wake(next);
    }
}

/// Wakes the first branch of the queue, if its start was announced and it has not started.
impl Wake for Stagger {
    fn wake(self: Arc<Self>) {
        let next = {
            let mut queue = self.lock();
            let next = queue.is_announced.then(|| queue.take_first_waker());
            next.flatten()
        };
        wake(next);
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Queue {
    /// Adds a branch, and returns its ticket.
    fn enter(&mut self) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.push_back(Waiting {
            ticket,
            waker: None,
        });
        ticket
    }

    fn position(&self, ticket: u64) -> Option<usize> {
        let found = self
            .waiting
            .binary_search_by_key(&ticket, |waiting| waiting.ticket);
        found.ok()
    }

    /// Returns what the branch with this ticket does. The waker that is not needed is left in `waker`.
    fn poll(&mut self, ticket: u64, waker: &mut Option<Waker>) -> Turn {
        let position = self.position(ticket);
        let position = position.expect("a branch with a ticket is in the queue until it starts");
        mem::swap(&mut self.waiting[position].waker, waker);
        if position > 0 {
            return Turn::Waits;
        }
        match self.due {
            Due::Now => return Turn::Starts,
            Due::At(time) if self.early == 0 && Instant::now() < time => {
                return Turn::StartsAt(time);
            }
            Due::Never if self.early == 0 => return Turn::Waits,
            Due::At(_) | Due::Never => {}
        }
        // In this poll the call still looks at `until` and its deadline, and if it ends then, nothing has started.
        self.is_announced = !self.is_announced;
        if self.is_announced {
            Turn::Announced
        } else {
            Turn::Starts
        }
    }

    /// Takes the waker of the first branch, which is to be woken.
    fn take_first_waker(&mut self) -> Option<Waker> {
        self.waiting.front_mut()?.waker.take()
    }
}

/// Decides which outputs of branches let another one start at once.
pub trait StartsNext<T> {
    /// Returns whether this output does.
    fn starts_next(output: &T) -> bool;
}

/// No output does.
pub enum OnTime {}

/// The output of a branch that has failed does, because the call waits for successes.
pub enum OnFailure {}

impl<T> StartsNext<T> for OnTime {
    #[inline]
    fn starts_next(_: &T) -> bool {
        false
    }
}

impl<T: Fallible> StartsNext<T> for OnFailure {
    #[inline]
    fn starts_next(output: &T) -> bool {
        !output.is_success()
    }
}

pin_project! {
    /// A branch that is polled when it is its turn to start.
    pub struct Staggered<F, R> {
        #[pin]
        future: F,
        stage: Stage,
        stagger: Arc<Stagger>,
        rule: PhantomData<fn() -> R>,
    }

    impl<F, R> PinnedDrop for Staggered<F, R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if let Stage::Waiting { ticket: Some(ticket), .. } = *this.stage {
                this.stagger.leave(ticket);
            }
        }
    }
}

enum Stage {
    Waiting {
        /// `None` before the first poll.
        ticket: Option<u64>,
        /// The timer of the first branch of the queue.
        timer: Option<Pin<Box<Deadline>>>,
    },
    Started,
}

impl<F, R> Staggered<F, R> {
    pub(crate) fn new(future: F, stagger: &Arc<Stagger>) -> Self {
        Self {
            future,
            stage: Stage::Waiting {
                ticket: None,
                timer: None,
            },
            stagger: Arc::clone(stagger),
            rule: PhantomData,
        }
    }
}

impl Stage {
    /// Polls a branch that has not started. It has when this is ready.
    fn poll(&mut self, stagger: &Arc<Stagger>, cx: &mut Context<'_>) -> Poll<()> {
        let Self::Waiting { ticket, timer } = self else {
            return Poll::Ready(());
        };
        loop {
            match stagger.poll(ticket, cx.waker()) {
                Turn::Starts => {
                    *self = Self::Started;
                    return Poll::Ready(());
                }
                Turn::Announced => {
                    // The queue wakes the branch when the runtime has had its turn. A wake at once could lead to another poll in
                    // this turn of the call, which has not looked at its ends yet.
                    let queue = Waker::from(Arc::clone(stagger));
                    let _ = pin!(yield_now()).poll(&mut Context::from_waker(&queue));
                    return Poll::Pending;
                }
                Turn::Waits => return Poll::Pending,
                // As long as it is the first one, no other branch starts, so the time stays the same.
                Turn::StartsAt(time) => {
                    let timer = timer
                        .get_or_insert_with(|| Box::pin(Deadline::until(time, stagger.interval)));
                    ready!(timer.as_mut().poll(cx));
                }
            }
        }
    }
}

impl<F: Future, R: StartsNext<F::Output>> Future for Staggered<F, R> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        ready!(this.stage.poll(this.stagger, cx));
        let output = ready!(this.future.poll(cx));
        if R::starts_next(&output) {
            this.stagger.start_early();
        }
        Poll::Ready(output)
    }
}

impl<F: KeyedFuture, R: StartsNext<F::Output>> KeyedFuture for Staggered<F, R> {
    type Key = F::Key;
    type Value = F::Value;
}

impl<K, F: TakeKey<K>, R> TakeKey<K> for Staggered<F, R> {
    fn take_key(self: Pin<&mut Self>) -> K {
        self.project().future.take_key()
    }
}
