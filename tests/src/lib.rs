//! What the tests share: branches that are woken by hand, parents that count how often they are, and counts of what lives.

use std::{
    any::Any,
    cell::Cell,
    collections::VecDeque,
    future::Future,
    marker::PhantomPinned,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use futures::{FutureExt, Stream};
use rejoin::TimedOut;
use tokio::{
    task::consume_budget,
    time::{Instant, sleep},
};

pub mod memory;

/// Locks what only tests use, of which none panics meanwhile.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A record of what happened, in order.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    /// Adds an entry.
    pub fn add(&self, entry: &(impl ToString + ?Sized)) {
        lock(&self.0).push(entry.to_string());
    }

    /// Takes out what was added since the last time.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0))
    }

    /// A value that adds an entry when it is dropped.
    #[must_use]
    pub fn on_drop(&self, entry: &(impl ToString + ?Sized)) -> OnDrop {
        OnDrop(self.clone(), entry.to_string())
    }
}

/// Adds an entry to a log when it is dropped.
#[derive(Debug)]
pub struct OnDrop(Log, String);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.add(&self.1);
    }
}

/// So many milliseconds.
#[must_use]
pub const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Gives a value after so many milliseconds.
pub async fn after<T>(delay: u64, value: T) -> T {
    sleep(ms(delay)).await;
    value
}

/// Gives the delay, after so many milliseconds, and an odd delay as an error.
///
/// # Errors
///
/// With an odd delay.
pub async fn odd_fails(delay: u64) -> Result<u64, u64> {
    match after(delay, delay).await {
        odd if odd % 2 == 1 => Err(odd),
        even => Ok(even),
    }
}

/// The milliseconds since then.
#[must_use]
pub fn elapsed(start: Instant) -> u128 {
    start.elapsed().as_millis()
}

/// Uses the budget of its task up in each poll, and is never ready.
pub async fn busy() {
    loop {
        consume_budget().await;
        if std::hint::black_box(false) {
            break;
        }
    }
}

/// The errors of a program whose calls may fail and may be late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppError {
    /// With a code.
    Failed(u8),
    /// By so much.
    Late(Duration),
}

impl From<u8> for AppError {
    fn from(code: u8) -> Self {
        Self::Failed(code)
    }
}

impl From<TimedOut> for AppError {
    fn from(late: TimedOut) -> Self {
        Self::Late(late.after())
    }
}

/// Runs a future that holds a value: the value is dropped with it, whether it was polled or not.
pub async fn holding<G, F: Future>(guard: G, future: F) -> F::Output {
    let _guard = guard;
    future.await
}

/// Lets other tasks run until nothing is left to do but to wait for time to pass, of which a millisecond does.
pub async fn settle() {
    sleep(ms(1)).await;
}

/// The payload of a future's panic.
///
/// # Panics
///
/// If it does not panic.
pub async fn payload_of<T>(future: impl Future<Output = T>) -> Box<dyn Any + Send> {
    let Err(payload) = AssertUnwindSafe(future).catch_unwind().await else {
        panic!("it should have panicked")
    };
    payload
}

/// The message of a future's panic.
///
/// # Panics
///
/// If it does not panic, or not with a message.
pub async fn panic_of<T>(future: impl Future<Output = T>) -> String {
    match payload_of(future).await.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast::<&str>().expect("a message")).to_owned(),
    }
}

/// Counts those that come and go.
#[derive(Clone, Debug, Default)]
pub struct Crowd(Arc<Mutex<Counts>>);

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    now: usize,
    most: usize,
    ever: usize,
}

/// One of a [`Crowd`], until it is dropped.
#[derive(Debug)]
pub struct Guest(Crowd);

impl Crowd {
    /// Somebody comes.
    #[must_use]
    pub fn enter(&self) -> Guest {
        let counts = &mut *lock(&self.0);
        counts.now += 1;
        counts.ever += 1;
        counts.most = counts.most.max(counts.now);
        Guest(self.clone())
    }

    /// How many are there.
    #[must_use]
    pub fn now(&self) -> usize {
        lock(&self.0).now
    }

    /// How many there were at once.
    #[must_use]
    pub fn most(&self) -> usize {
        lock(&self.0).most
    }

    /// How many have come.
    #[must_use]
    pub fn ever(&self) -> usize {
        lock(&self.0).ever
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        lock(&self.0.0).now -= 1;
    }
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<(Option<T>, Option<Waker>)>,
    polls: AtomicUsize,
    drops: AtomicUsize,
}

/// A branch that is ready when its [`Hand`] says so.
#[derive(Debug)]
pub struct Leaf<T>(Arc<Shared<T>>);

/// What wakes a [`Leaf`], and counts.
#[derive(Debug)]
pub struct Hand<T>(Arc<Shared<T>>);

impl<T> Clone for Hand<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// A branch, and the hand that moves it.
#[must_use]
pub fn leaf<T>() -> (Hand<T>, Leaf<T>) {
    let shared = Arc::new(Shared {
        state: Mutex::new((None, None)),
        polls: AtomicUsize::new(0),
        drops: AtomicUsize::new(0),
    });
    (Hand(Arc::clone(&shared)), Leaf(shared))
}

/// As many branches with their hands.
#[must_use]
pub fn leaves<T>(count: usize) -> (Vec<Hand<T>>, Vec<Leaf<T>>) {
    (0..count).map(|_| leaf()).unzip()
}

impl<T> Hand<T> {
    /// Wakes the branch, and makes it ready.
    pub fn give(&self, value: T) {
        lock(&self.0.state).0 = Some(value);
        self.wake();
    }

    /// Wakes the branch, if it kept a waker, and leaves the waker there.
    pub fn wake(&self) {
        if let Some(waker) = self.waker() {
            waker.wake();
        }
    }

    /// The waker that the branch has kept.
    #[must_use]
    pub fn waker(&self) -> Option<Waker> {
        lock(&self.0.state).1.clone()
    }

    /// Polls of the branch.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.0.polls.load(Ordering::Relaxed)
    }

    /// Whether the branch was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.0.drops.load(Ordering::Relaxed) == 1
    }
}

impl<T> Future for Leaf<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.polls.fetch_add(1, Ordering::Relaxed);
        let mut state = lock(&self.0.state);
        if let Some(value) = state.0.take() {
            return Poll::Ready(value);
        }
        if !(state.1.as_ref()).is_some_and(|waker| waker.will_wake(cx.waker())) {
            let old = state.1.replace(cx.waker().clone());
            drop(state);
            drop(old);
        }
        Poll::Pending
    }
}

impl<T> Drop for Leaf<T> {
    fn drop(&mut self) {
        self.0.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// The end of the chain of wakers: counts wakes.
#[derive(Debug, Default)]
pub struct Parent(AtomicUsize);

impl Wake for Parent {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls a future by hand.
#[derive(Debug)]
pub struct Driver<F> {
    future: Pin<Box<F>>,
    parent: Arc<Parent>,
    waker: Waker,
    polls: Cell<usize>,
}

impl<F: Future> Driver<F> {
    /// Takes a future, which is not polled yet.
    pub fn new(future: F) -> Self {
        let parent = Arc::new(Parent::default());
        Self {
            future: Box::pin(future),
            waker: Waker::from(Arc::clone(&parent)),
            parent,
            polls: Cell::new(0),
        }
    }

    /// Polls it once.
    pub fn poll(&mut self) -> Poll<F::Output> {
        self.polls.set(self.polls.get() + 1);
        self.future
            .as_mut()
            .poll(&mut Context::from_waker(&self.waker))
    }

    /// Polls it until it is ready or was not woken.
    pub fn run(&mut self) -> Poll<F::Output> {
        loop {
            let wakes = self.wakes();
            let poll = self.poll();
            if poll.is_ready() || wakes == self.wakes() {
                return poll;
            }
        }
    }

    /// How often its parent was woken.
    #[must_use]
    pub fn wakes(&self) -> usize {
        self.parent.0.load(Ordering::Relaxed)
    }

    /// How often it was polled.
    #[must_use]
    pub fn polls(&self) -> usize {
        self.polls.get()
    }

    /// From now on it is polled by another parent.
    pub fn move_to_new_parent(&mut self) {
        self.parent = Arc::new(Parent::default());
        self.waker = Waker::from(Arc::clone(&self.parent));
    }
}

#[derive(Debug)]
struct StreamState<T> {
    items: VecDeque<T>,
    has_ended: bool,
    waker: Option<Waker>,
    polls: usize,
    is_dropped: bool,
}

/// A stream that gives what its [`StreamHand`] has given to it. It is not `Unpin`.
#[derive(Debug)]
pub struct HandStream<T>(Arc<Mutex<StreamState<T>>>, PhantomPinned);

/// Moves a [`HandStream`], and counts.
#[derive(Debug)]
pub struct StreamHand<T>(Arc<Mutex<StreamState<T>>>);

/// Returns a stream, and the hand that moves it.
#[must_use]
pub fn hand_stream<T>() -> (StreamHand<T>, HandStream<T>) {
    let state = Arc::new(Mutex::new(StreamState {
        items: VecDeque::new(),
        has_ended: false,
        waker: None,
        polls: 0,
        is_dropped: false,
    }));
    (
        StreamHand(Arc::clone(&state)),
        HandStream(state, PhantomPinned),
    )
}

impl<T> StreamHand<T> {
    /// Adds items, and wakes the stream.
    pub fn give(&self, items: impl IntoIterator<Item = T>) {
        lock(&self.0).items.extend(items);
        self.wake();
    }

    /// Ends the stream after the items that it has, and wakes it.
    pub fn end(&self) {
        lock(&self.0).has_ended = true;
        self.wake();
    }

    /// Wakes the stream, if it keeps a waker.
    pub fn wake(&self) {
        let waker = lock(&self.0).waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Returns how often the stream was polled since the last time.
    #[must_use]
    pub fn take_polls(&self) -> usize {
        std::mem::take(&mut lock(&self.0).polls)
    }

    /// Returns the number of items that were not taken.
    #[must_use]
    pub fn left(&self) -> usize {
        lock(&self.0).items.len()
    }

    /// Returns whether the stream was dropped.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        lock(&self.0).is_dropped
    }
}

impl<T> Stream for HandStream<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.0);
        state.polls += 1;
        match state.items.pop_front() {
            None if !state.has_ended => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            item => Poll::Ready(item),
        }
    }
}

impl<T> Drop for HandStream<T> {
    fn drop(&mut self) {
        lock(&self.0).is_dropped = true;
    }
}
