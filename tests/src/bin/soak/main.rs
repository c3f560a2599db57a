//! Does millions of random operations on sets, streams, gathers and groups that live long. After each part of them everything is
//! brought to rest, and then no more memory may be in use than after the first part, except for a few buffers.
//!
//! `soak [OPERATIONS] [SEED]`

mod fixture;

use std::{
    collections::VecDeque,
    env,
    future::{Future, poll_fn},
    iter, mem,
    pin::pin,
    rc::Rc,
    task::Poll,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rejoin::{Child, Pending, TaskGroup, as_completed, gather, task_group, wait};
use rejoin_tests::memory::{Counting, InUse, Memory};
use tokio::task::yield_now;

use self::fixture::{Fixture, Leaf};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Parts of a run, after each of which everything is at rest. The first is there for buffers to grow.
const PARTS: u64 = 10;
/// Buffers of sets and groups keep the size of their peak, for example the one in which a set sorts its woken futures, and a peak
/// may come late. There are at most this many that are not allocated in the first part.
const LATE_BUFFERS: isize = 4;
/// The bytes by which all buffers together may grow after the first part. An operation that leaks a block once in a thousand times
/// leaks hundreds of blocks in a short run.
const LATE_BYTES: isize = 64 << 10;
/// The most futures in the set.
const MOST: usize = 1_000;
/// The most children of the group that were not awaited.
const CHILDREN: usize = 64;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("it is small");
        usize::try_from((self.next() >> 32) % end).expect("it is small")
    }
}

/// Polls once. What it was waiting for is lost if it is not ready.
async fn once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Two sets and a group.
struct Soak<'a, 'b> {
    random: &'a mut Random,
    fixture: Rc<Fixture>,
    pending: Pending<Leaf>,
    /// A set that is the same for the whole run.
    lasting: Pending<Leaf>,
    /// It, too, is the same for the whole run.
    tg: &'a TaskGroup<'b, ()>,
    children: VecDeque<Child<u64>>,
}

impl Soak<'_, '_> {
    fn swap(&mut self) {
        mem::swap(&mut self.pending, &mut self.lasting);
    }

    /// One operation on a set.
    async fn use_set(&mut self) {
        match self.random.below(128) {
            op @ ..58 => self.poll_set(op).await,
            op @ 58..116 => {
                self.swap();
                self.poll_set(op - 58).await;
                self.swap();
            }
            116..120 => self.use_loop().await,
            120..122 => self.gather().await,
            _ => self.rarely().await,
        }
    }

    async fn poll_set(&mut self, op: usize) {
        match op {
            0..20 => {
                if self.pending.len() < MOST {
                    self.pending.push(self.fixture.leaf());
                }
            }
            20..36 => self.fixture.finish(self.random.below(2 * MOST)),
            36..44 => self.fixture.wake(self.random.below(2 * MOST)),
            44..54 => drop(once(self.pending.next()).await),
            54..56 => self.pending.drive(yield_now()).await,
            _ => self.wait().await,
        }
    }

    async fn wait(&mut self) {
        let pending = mem::take(&mut self.pending);
        let (done, pending) = match self.random.below(3) {
            0 => wait!(..pending, return_when = COMPLETED(0)).await,
            1 => wait!(..pending, limit = 900, timeout = 0s).await,
            _ => wait!(..pending, return_when = COMPLETED(3), timeout = 0s).await,
        };
        drop(done);
        self.pending = pending;
    }

    async fn use_loop(&mut self) {
        let (fixture, pending) = (&self.fixture, &mut self.pending);
        let mut left = 1 + self.random.below(4);
        as_completed!(<timeout = 0s> for _ in ..&mut *pending {
            left -= 1;
            if left == 0 {
                break;
            }
            fixture.finish(left);
            yield_now().await;
        });
    }

    /// Some branches, of which all or some are done.
    async fn gather(&mut self) {
        let count = self.random.below(100);
        let leaves: Vec<_> = (0..count).map(|_| self.fixture.leaf()).collect();
        let mut gather = pin!(gather!(
            self.fixture.leaf(),
            ..leaves,
            self.fixture.leaf(),
            limit = 50
        ));
        for _ in 0..self.random.below(4) {
            drop(once(gather.as_mut()).await);
            self.fixture.finish(self.random.below(2 * MOST));
        }
    }

    async fn rarely(&mut self) {
        match self.random.below(1_000) {
            // Cancels all.
            0 => self.pending = Pending::new(),
            // All at once.
            1 => {
                self.fixture.finish_all();
                drop(wait!(..mem::take(&mut self.pending)).await);
            }
            // Takes another set over.
            2 => {
                let others: Pending<_> = (0..20).map(|_| self.fixture.leaf()).collect();
                let pending = mem::take(&mut self.pending);
                let (_, pending) = wait!(..others, ..pending, timeout = 0s).await;
                self.pending = pending;
            }
            _ => {}
        }
    }

    /// One operation on the group.
    async fn use_group(&mut self) {
        let tg = self.tg;
        let n = self.random.next();
        match self.random.below(16) {
            0..4 => self.children.push_back(tg.spawn(async move { n })),
            4..6 => self.children.push_back(tg.spawn(async move {
                yield_now().await;
                n
            })),
            6..8 => {
                let inner = tg.clone();
                self.children.push_back(tg.spawn_scoped(async move {
                    yield_now().await;
                    inner.spawn(async move { n }).await
                }));
            }
            8 => drop(tg.spawn(async move {
                yield_now().await;
                n
            })),
            9 => drop(tg.spawn_daemon(yield_now())),
            10 => {
                // These end with the cancel only.
                let child = match n % 2 {
                    0 => tg.spawn(std::future::pending::<u64>()),
                    _ => tg.spawn_scoped(std::future::pending::<u64>()),
                };
                yield_now().await;
                assert_eq!(child.cancel().await, None);
            }
            11 => {
                let borrowed = &n;
                let sum = task_group!(
                    |tg| {
                        let one = tg.spawn_scoped(async move { *borrowed });
                        let two = tg.spawn(async { 1 });
                        one.await.wrapping_add(two.await)
                    },
                    limit = 1
                );
                assert_eq!(sum.await, n.wrapping_add(1));
            }
            12 => {
                let cancelled = task_group!(<u64> |tg| {
                    tg.spawn_scoped(std::future::pending::<Result<(), u64>>());
                    tg.spawn(std::future::pending::<Result<(), u64>>());
                    tg.spawn(async move { Err::<(), _>(n) });
                    std::future::pending::<Result<(), u64>>().await
                });
                assert_eq!(cancelled.await.expect_err("one fails").into_first(), n);
            }
            _ => self.await_children(CHILDREN / 2).await,
        }
        if self.children.len() >= CHILDREN {
            self.await_children(0).await;
        }
    }

    /// Awaits children until so many are left.
    async fn await_children(&mut self, left: usize) {
        while self.children.len() > left {
            if let Some(child) = self.children.pop_front() {
                child.await;
            }
        }
    }

    /// As many as there can be, in everything that grows: how large a buffer is then does not depend on what was before.
    async fn peak(&mut self) {
        for _ in 0..2 {
            while self.pending.len() < MOST {
                self.pending.push(self.fixture.leaf());
            }
            drop(once(self.pending.next()).await);
            self.swap();
        }
        // While both sets are full, a gather has about a hundred branches of its own.
        let branches: Vec<_> = (0..128).map(|_| self.fixture.leaf()).collect();
        drop(branches);
        self.rest().await;
        // Of either kind more than there ever are of both.
        for _ in 0..2 * CHILDREN {
            for child in [
                self.tg.spawn(async {
                    yield_now().await;
                    0
                }),
                self.tg.spawn_scoped(async {
                    yield_now().await;
                    0
                }),
            ] {
                self.children.push_back(child);
            }
        }
        self.rest().await;
    }

    /// Nothing is left but what lasts.
    async fn rest(&mut self) {
        self.fixture.finish_all();
        // A wait takes the buffer of the results along, which the set has or has not by then.
        for set in [&mut self.pending, &mut self.lasting] {
            let (done, rest) = wait!(..mem::take(set), timeout = 1h).await;
            drop(done);
            assert!(rest.is_empty(), "all were ready");
            *set = rest;
        }
        self.await_children(0).await;
        // Children that nobody awaits come to their ends, and the runtime to its own.
        for _ in 0..100 {
            yield_now().await;
        }
        self.pending = Pending::new();
    }
}

/// All operations, in one group and with one stream; what is in use at the end of each part.
async fn soak(operations: u64, random: &mut Random) -> Vec<InUse> {
    let mut in_use_after = Vec::with_capacity(16);
    task_group!(|tg| {
        let fixture = Rc::<Fixture>::default();
        // It is fed by the stream alone.
        let own = Rc::<Fixture>::default();
        drop((0..2 * CHILDREN).map(|_| own.leaf()).collect::<Vec<_>>());
        let mut soak = Soak {
            random,
            fixture: Rc::clone(&fixture),
            pending: Pending::new(),
            lasting: Pending::new(),
            tg: &tg,
            children: VecDeque::new(),
        };
        let endless = iter::repeat_with(|| own.leaf());
        let mut stream = as_completed!(..endless, limit = CHILDREN);
        soak.peak().await;
        for part in 1..=PARTS {
            for _ in 0..operations / PARTS {
                match soak.random.below(8) {
                    0 => soak.use_group().await,
                    1 => own.finish(soak.random.below(2 * CHILDREN)),
                    2 => drop(once(stream.next()).await),
                    _ => soak.use_set().await,
                }
            }
            soak.rest().await;
            soak.peak().await;
            own.finish_all();
            // It may return to the runtime before all was handed out.
            for _ in 0..4 {
                yield_now().await;
                while once(stream.next()).await.is_some() {}
            }
            // It all runs on one thread, whose memory this is.
            let now = Memory::now().in_use;
            println!("{part}/{PARTS}: {} blocks, {} bytes", now.blocks, now.bytes);
            in_use_after.push(now);
        }
    })
    .await;
    in_use_after
}

fn main() {
    let mut arguments = env::args().skip(1);
    let mut number = || arguments.next().map(|text| text.parse().expect("a number"));
    let operations: u64 = number().unwrap_or(10_000_000);
    let seed = number().unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.as_ref().map_or(0, Duration::as_secs)
    });
    println!("{operations} operations, seed {seed}");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("there is enough for one");
    let in_use = runtime.block_on(soak(operations, &mut Random::new(seed)));
    let first = in_use[0];
    for now in in_use {
        assert!(
            now.blocks <= first.blocks + LATE_BUFFERS && now.bytes <= first.bytes + LATE_BYTES,
            "more memory is in use than after the first part"
        );
    }
}
