//! Runs calls with the library's macros, on tokio's paused clock.

mod gather;
mod next;
mod wait;

use std::{
    cell::RefCell,
    future::{Future, pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    rc::Rc,
    time::Duration,
};

use futures::{Stream, StreamExt, stream};
use tokio::{
    runtime::Builder,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    call::{Call, Kind},
    story::{Fail, How, Story, Trace},
};

/// What a leaf gives: its number, or an error.
type Out = Result<usize, Fail>;

/// A leaf that runs.
type Run = Pin<Box<dyn Future<Output = Out>>>;

/// Longer than any call takes that ends.
const FOR_EVER: Duration = Duration::from_secs(1 << 20);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A duration, or one that is longer than the clock can represent.
fn or_never(ms: Option<u64>) -> Duration {
    ms.map_or(Duration::MAX, Duration::from_millis)
}

/// A future for `until`.
async fn after(ms: Option<u64>) {
    match ms {
        Some(0) => {}
        Some(ms) => sleep(Duration::from_millis(ms)).await,
        None => pending().await,
    }
}

/// Runs a call. Returns what happened, or the message of a panic.
pub fn run(call: Call) -> String {
    let run = catch_unwind(AssertUnwindSafe(|| {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.expect("there are threads").block_on(async {
            let world = World::new(call);
            let result = timeout(FOR_EVER, world.call()).await;
            let end = world.now();
            let story = world.story.take();
            let result = result.unwrap_or_else(|_| "it hangs".to_owned());
            Story {
                end,
                result,
                ..story
            }
            .to_string()
        })
    }));
    run.unwrap_or_else(|panic| {
        let message = (panic.downcast_ref::<String>().map(String::as_str))
            .or_else(|| panic.downcast_ref::<&str>().copied());
        format!("panic: {}", message.unwrap_or("?"))
    })
}

/// A call that runs, and what has happened in it.
#[derive(Clone)]
struct World {
    call: Rc<Call>,
    start: Instant,
    story: Rc<RefCell<Story>>,
}

impl World {
    fn new(call: Call) -> Self {
        let leaves = vec![None; call.leaves.len()];
        Self {
            call: Rc::new(call),
            start: Instant::now(),
            story: Rc::new(RefCell::new(Story {
                leaves,
                ..Story::default()
            })),
        }
    }

    fn now(&self) -> u64 {
        let elapsed = self.start.elapsed();
        assert_eq!(elapsed.subsec_nanos() % 1_000_000, 0);
        elapsed.as_millis().try_into().expect("it is short")
    }

    async fn call(&self) -> String {
        match &self.call.kind {
            Kind::Gather { values, partial } => self.gather(*values, *partial).await,
            Kind::Need(need) => self.need(*need).await,
            Kind::Next(next) if !self.call.pushes().is_empty() => self.pushed(next).await,
            Kind::Next(next) if next.is_loop => self.in_loop(next).await,
            Kind::Next(next) => self.stream(next).await,
            Kind::Wait(rounds) => self.wait(rounds).await,
        }
    }

    fn note(&self, note: String) {
        let now = self.now();
        self.story.borrow_mut().notes.push((now, note));
    }

    /// A leaf, which is polled once at first and once when it is done.
    fn leaf(&self, leaf: usize) -> Run {
        let (world, mut polls) = (self.clone(), 0);
        let mut run = Box::pin(async move { world.run_leaf(leaf).await });
        Box::pin(poll_fn(move |cx| {
            polls += 1;
            assert!(polls <= 2, "{leaf} is polled too often");
            run.as_mut().poll(cx)
        }))
    }

    async fn run_leaf(&self, leaf: usize) -> Out {
        let running = Running::new(self, leaf);
        let own = self.call.leaves[leaf];
        if own.delay > 0 {
            sleep(ms(own.delay)).await;
        }
        running.end(How::Ended);
        if own.fails {
            Err(Fail::Leaf(leaf))
        } else {
            Ok(leaf)
        }
    }

    /// The arguments, as an iterator that makes each when it is taken.
    fn arguments(&self) -> impl ExactSizeIterator<Item = Run> + use<> {
        let world = self.clone();
        (0..self.call.arguments).map(move |leaf| world.leaf(leaf))
    }

    /// The same with keys.
    fn keyed(&self) -> impl ExactSizeIterator<Item = (usize, Run)> + use<> {
        self.arguments().enumerate()
    }

    /// The items of the stream, each with its key.
    fn keyed_feed(&self) -> Pin<Box<dyn Stream<Item = (usize, Run)>>> {
        let (world, start) = (self.clone(), self.start);
        let leaves = self.call.arguments..;
        let items: Vec<_> = self.call.feed.iter().copied().zip(leaves).collect();
        Box::pin(stream::iter(items).then(move |(at, leaf)| {
            let world = world.clone();
            async move {
                let at = start + ms(at);
                if at > Instant::now() {
                    sleep_until(at).await;
                }
                (leaf, world.leaf(leaf))
            }
        }))
    }

    fn feed(&self) -> Pin<Box<dyn Stream<Item = Run>>> {
        Box::pin(self.keyed_feed().map(|(_, run)| run))
    }
}

/// A leaf that was started.
struct Running<'a> {
    world: &'a World,
    leaf: usize,
    how: How,
}

impl<'a> Running<'a> {
    fn new(world: &'a World, leaf: usize) -> Self {
        let start = world.now();
        let trace = Trace {
            start,
            end: start,
            how: How::Dropped,
        };
        let before = world.story.borrow_mut().leaves[leaf].replace(trace);
        assert!(before.is_none(), "{leaf} was started twice");
        Self {
            world,
            leaf,
            how: How::Dropped,
        }
    }

    fn end(mut self, how: How) {
        self.how = how;
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let end = self.world.now();
        // After the end of the call the story was taken.
        if let Some(Some(trace)) = self.world.story.borrow_mut().leaves.get_mut(self.leaf) {
            (trace.end, trace.how) = (end, self.how);
        }
    }
}

/// Calls a macro with the arguments and the stream of a call, and with each combination of the options that are on.
macro_rules! with_sources {
    ($world:ident, $call:ident [$($options:tt)*] $($rest:tt)*) => {
        match ($world.call.keys, $world.call.feed.is_empty()) {
            (false, true) => {
                with_options!($call [[..$world.arguments(),] [] $($options)*] $($rest)*)
            }
            (true, true) => with_options!($call [[..$world.keyed(),] [] $($options)*] $($rest)*),
            (false, false) => with_options!(
                $call [[..$world.arguments(),] [..$world.feed(),] $($options)*] $($rest)*
            ),
            (true, false) => with_options!(
                $call [[..$world.keyed(),] [..$world.keyed_feed(),] $($options)*] $($rest)*
            ),
        }
    };
}
use with_sources;

use crate::interpret::with_options;
