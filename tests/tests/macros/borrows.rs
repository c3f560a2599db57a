//! Async blocks that hold borrows over awaits, in every form of the macros.
//!
//! The futures of such blocks refer to themselves. A set that reaches for its slots while they wait must not invalidate
//! their borrows, which only Miri sees: `ci/miri.sh` runs this under Stacked Borrows and under Tree Borrows.

use std::{
    future::{Future, poll_fn},
    mem,
    task::Poll,
    thread,
};

use futures::poll;
use rejoin::{Pending, as_completed, gather, spawn, task_group, wait};
use rejoin_tests::ms;
use tokio::{runtime::Builder, sync::oneshot, task::yield_now, time::sleep};

/// Runs a future on this thread, with a paused clock.
fn on<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime can be made").block_on(future)
}

/// How a future that waits is woken.
#[derive(Clone, Copy, Debug)]
enum Woken {
    /// By itself, while it is polled.
    AtOnce,
    /// By the runtime, after the poll.
    Later,
    /// By a timer.
    InTime,
}

/// Ways that differ for a set; to it a timer is one of those that wake it later.
const WAYS: &[Woken] = if cfg!(miri) {
    &[Woken::AtOnce, Woken::Later]
} else {
    &[Woken::AtOnce, Woken::Later, Woken::InTime]
};

async fn pause(woken: Woken) {
    match woken {
        Woken::AtOnce => {
            let mut polled = false;
            let future = poll_fn(|cx| {
                if mem::replace(&mut polled, true) {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            });
            future.await;
        }
        Woken::Later => yield_now().await,
        Woken::InTime => sleep(ms(1)).await,
    }
}

/// Counts to `n`, through a borrow of a local that it holds over an await a step.
async fn count_to(n: usize, woken: Woken) -> usize {
    let mut count = 0;
    let held = &mut count;
    for _ in 0..n {
        pause(woken).await;
        *held += 1;
    }
    count
}

/// The same, as a future that fails if `n` is 2.
async fn fails_at_two(n: usize, woken: Woken) -> Result<usize, usize> {
    let count = count_to(n, woken).await;
    if count == 2 { Err(count) } else { Ok(count) }
}

/// Writes through a borrow of a local of its future when it is dropped.
struct WritesInDrop<'a>(&'a mut [usize; 4]);

impl Drop for WritesInDrop<'_> {
    fn drop(&mut self) {
        self.0[0] += 1;
    }
}

/// Waits for ever, and uses its borrow when it is dropped in the middle of that.
async fn never(woken: Woken) -> usize {
    let mut local = [0; 4];
    let held = WritesInDrop(&mut local);
    loop {
        pause(woken).await;
        held.0[1] += 1;
    }
}

/// Numbers of steps for a spread of so many: most of them few.
fn steps(count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(|n| n % 3)
}

fn sorted(mut numbers: Vec<usize>) -> Vec<usize> {
    numbers.sort_unstable();
    numbers
}

/// More than there are bits in a word.
const MANY: usize = if cfg!(miri) { 66 } else { 100 };

/// Sizes of spreads.
const SIZES: &[usize] = if cfg!(miri) {
    &[3, MANY]
} else {
    &[3, 64, MANY]
};

// ---- gather! ----------------------------------------------------------------------------------------------------

#[test]
fn gathers() {
    for &woken in WAYS {
        on(async {
            let to = |n| count_to(n, woken);
            assert_eq!(gather!(to(1), to(2)).await, (1, 2));
            assert_eq!(gather!(to(3), to(0), to(2), to(1)).await, (3, 0, 2, 1));
            let eight = gather!(to(1), to(2), to(3), to(0), to(1), to(2), to(3), to(4));
            assert_eq!(eight.await, (1, 2, 3, 0, 1, 2, 3, 4));
        });
    }
}

#[test]
fn gathers_of_spreads() {
    for &woken in WAYS {
        for &size in SIZES {
            let all = on(async { gather!(..steps(size).map(|n| count_to(n, woken))).await });
            assert!(all.into_iter().eq(steps(size)));
        }
        assert_eq!(
            on(gather!(..[1, 2, 3].map(|n| count_to(n, woken)))),
            [1, 2, 3]
        );
        // What is taken over as it is.
        let vector: Vec<_> = steps(5).map(|n| count_to(n, woken)).collect();
        assert_eq!(on(gather!(..vector)), [0, 1, 2, 0, 1]);
    }
}

#[test]
fn gathers_in_gathers() {
    for &woken in WAYS {
        let all = on(async {
            let to = |n| count_to(n, woken);
            gather!(
                gather!(to(1), to(2), to(3), to(4)),
                ..steps(4).map(|n| async move { gather!(to(n), ..[1, 2].map(to)).await }),
                to(2),
                ..steps(3).map(to),
            )
            .await
        });
        let pairs = steps(4).map(|n| (n, [1, 2])).collect();
        assert_eq!(all, ((1, 2, 3, 4), pairs, 2, vec![0, 1, 2]));
    }
}

#[test]
fn gathers_under_a_limit() {
    for &woken in WAYS {
        let few = gather!(..steps(9).map(|n| count_to(n, woken)), limit = 2);
        assert!(on(few).into_iter().eq(steps(9)));
        let many = gather!(..steps(MANY).map(|n| count_to(n, woken)), limit = 65);
        assert!(on(many).into_iter().eq(steps(MANY)));
        let to = |n| count_to(n, woken);
        let mixed = gather!(to(1), ..steps(3).map(to), to(3), to(2), to(1), limit = 2);
        assert_eq!(on(mixed), (1, vec![0, 1, 2], 3, 2, 1));
    }
}

#[test]
fn gathers_that_end_early() {
    for &woken in WAYS {
        let fails = |n| fails_at_two(n, woken);
        let ever = || async move { Ok(never(woken).await) };
        assert_eq!(on(gather!(ever(), fails(1), fails(2), ever())), Err(2));
        let spread = gather!(..[3, 2, 5].map(fails), ..(0..3).map(|_| ever()));
        assert_eq!(on(spread), Err(2));
    }
}

#[test]
fn gathers_with_deadlines() {
    on(async {
        let to = |n| count_to(n, Woken::InTime);
        let late = gather!(to(5), never(Woken::InTime), timeout = 3ms);
        assert!(late.await.is_err());
        let partial = gather!(..[1, 9, 2].map(to), timeout = 3ms, partial = true);
        assert_eq!(partial.await, [Some(1), None, Some(2)]);
        let each = gather!(to(1), to(9), ..[2, 9].map(to), each_timeout = 3ms);
        let (one, two, spread) = each.await;
        assert_eq!(
            (one, two.ok(), spread.map(Result::ok)),
            (Ok(1), None, [Some(2), None])
        );
    });
}

#[test]
fn gathers_that_are_dropped() {
    for &woken in WAYS {
        on(async {
            let to = |n| count_to(n, woken);
            let mut call = Box::pin(gather!(never(woken), to(2), ..[1, 3].map(to), never(woken)));
            for _ in 0..2 {
                assert!(poll!(call.as_mut()).is_pending());
                pause(woken).await;
            }
        });
    }
}

// ---- as_completed! ----------------------------------------------------------------------------------------------

#[test]
fn streams() {
    for &woken in WAYS {
        for &size in SIZES {
            on(async {
                let mut stream = as_completed!(..steps(size).map(|n| count_to(n, woken)));
                let mut seen = vec![];
                while let Some(count) = stream.next().await {
                    seen.push(count);
                }
                assert_eq!(sorted(seen), sorted(steps(size).collect()));
            });
        }
    }
}

#[test]
fn streams_that_grow() {
    for &woken in WAYS {
        on(async {
            let mut stream = as_completed!(..[2, 1].map(|n| count_to(n, woken)));
            let mut seen = vec![];
            while let Some(count) = stream.next().await {
                seen.push(count);
                if seen.len() < 20 {
                    stream.push(count_to(seen.len() % 4, woken));
                    stream.push(count_to(1, woken));
                }
            }
            assert_eq!(seen.len(), 2 + 2 * 19);
            // One that is dropped with futures in all states.
            stream.push(count_to(5, woken));
            stream.push(count_to(0, woken));
            assert_eq!(stream.next().await, Some(0));
            stream.push(count_to(1, woken));
        });
    }
}

#[test]
fn streams_under_a_limit_and_with_deadlines() {
    on(async {
        let endless = (0..).map(|n| count_to(n % 3, Woken::InTime));
        let mut stream = as_completed!(..endless, limit = 3).indexed();
        for _ in 0..20 {
            let (index, count) = stream.next().await.expect("there is no end");
            assert_eq!(count, index % 3);
        }
        let mut late = as_completed!(..[1, 9].map(|n| count_to(n, Woken::InTime)), timeout = 3ms);
        assert_eq!(late.next().await, Some(Ok(1)));
        assert!(late.next().await.is_some_and(|late| late.is_err()));
        assert_eq!(late.next().await, None);
    });
}

#[test]
fn streams_whose_items_are_awaited_with() {
    for &woken in WAYS {
        on(async {
            let mut sum = 0;
            let stream = as_completed!(..[3, 1, 2].map(|n| count_to(n, woken)));
            stream
                .for_each(async |count| {
                    sum += count_to(count, woken).await;
                })
                .await;
            assert_eq!(sum, 6);
        });
    }
}

#[test]
fn loops() {
    for &woken in WAYS {
        on(async {
            let mut seen = vec![];
            as_completed!(
                for count in (count_to(2, woken), ..steps(5).map(|n| count_to(n, woken))) {
                    let more = count_to(count, woken).await;
                    as_completed!(for inner in ..[1, 2].map(|n| count_to(n, woken)) {
                        seen.push(inner);
                    });
                    seen.push(more);
                }
            );
            assert_eq!(seen.len(), 6 * 3);
            as_completed!(for count in ..[5, 1, 4].map(|n| count_to(n, woken)) {
                assert_eq!(count, 1);
                break;
            });
        });
    }
}

#[test]
fn loops_that_are_lent_sets() {
    for &woken in WAYS {
        on(async {
            let mut first: Pending<_> = steps(4).map(|n| count_to(n, woken)).collect();
            let mut second: Pending<_> =
                [1, 3].into_iter().map(|n| fails_at_two(n, woken)).collect();
            let (mut seen, mut left) = (0, 5);
            as_completed!(
                for count in ..&mut first {
                    seen += 1;
                    if left > 0 {
                        left -= 1;
                        first.push(count_to(left, woken));
                        count_to(count, woken).await;
                    }
                },
                limit = 3
            );
            assert_eq!((seen, first.len()), (9, 0));

            as_completed!(for result in (..&mut second, fails_at_two(4, woken)) {
                assert_eq!(result, Ok(1));
                break;
            });
            assert_eq!(second.len(), 1);
            second.push(fails_at_two(2, woken));
            let mut third = Pending::from_iter([fails_at_two(1, woken)]);
            let mut errors = 0;
            as_completed!(for result in (..&mut second, ..&mut third) {
                count_to(1, woken).await;
                errors += usize::from(result.is_err());
            });
            assert_eq!((errors, second.len(), third.len()), (1, 0, 0));
        });
    }
}

#[test]
fn arms() {
    for &woken in WAYS {
        on(async {
            let mut seen = vec![];
            as_completed! {
                count = count_to(2, woken) => {
                    count_to(1, woken).await;
                    seen.push(count);
                }
                result = fails_at_two(2, woken) => seen.push(result.unwrap_err()),
                count in ..steps(4).map(|n| count_to(n, woken)) => {
                    seen.push(count_to(count, woken).await);
                }
                () = pause(woken) => {}
            }
            assert_eq!(sorted(seen), [0, 0, 1, 2, 2, 2]);
            as_completed! {
                _ = never(woken) => unreachable!(),
                count = count_to(1, woken) => { assert_eq!(count, 1); break; }
                result = fails_at_two(9, woken) => assert_eq!(result, Ok(9)),
            }
        });
    }
    on(async {
        let mut late = 0;
        as_completed! {
            count = count_to(1, Woken::InTime) => assert_eq!(count, Ok(1)),
            count = never(Woken::InTime) => late += usize::from(count.is_err()),
            count in ..[9, 1].map(|n| count_to(n, Woken::InTime)) => late += usize::from(count.is_err()),
            timeout = 3ms
        }
        assert_eq!(late, 2);
    });
}

// ---- wait! ------------------------------------------------------------------------------------------------------

#[test]
fn waits() {
    for &woken in WAYS {
        for &size in SIZES {
            on(async {
                let futures = steps(size).map(|n| count_to(n + 1, woken));
                let (done, pending) = wait!(..futures, return_when = FIRST_COMPLETED).await;
                assert!(!done.is_empty());
                let first = done.len();
                let (done, pending) = wait!(..pending, return_when = COMPLETED(2)).await;
                assert!(done.len() >= 2 || pending.is_empty());
                let second = done.len();
                let (done, pending) = wait!(..pending).await;
                assert_eq!((first + second + done.len(), pending.len()), (size, 0));
            });
        }
    }
}

#[test]
fn sets_that_go_on_elsewhere() {
    for &woken in WAYS {
        on(async {
            let begun = async |steps: [usize; 3]| {
                let futures = steps.map(|n| count_to(n, woken));
                wait!(..futures, return_when = FIRST_COMPLETED).await
            };
            let (_, pending) = begun([1, 4, 5]).await;
            assert_eq!(
                gather!(..pending, count_to(2, woken)).await,
                (vec![4, 5], 2)
            );

            let (_, mut pending) = begun([1, 4, 5]).await;
            pending.push(count_to(1, woken));
            let (_, other) = begun([1, 6, 7]).await;
            // The futures of the second are moved to another set.
            let mut both = as_completed!(..pending, ..other);
            let first = both.next().await.expect("it is there");
            let mut rest = both.into_pending();
            let mut all = vec![first];
            assert_eq!(rest.drive(count_to(2, woken)).await, 2);
            while let Some(count) = rest.next().await {
                all.push(count);
            }
            assert_eq!(sorted(all), [1, 4, 5, 6, 7]);

            let (_, pending) = begun([1, 4, 5]).await;
            let (done, unlike) =
                wait!(..pending, async { count_to(2, woken).await }, limit = 2).await;
            assert_eq!((done.len(), unlike.len()), (3, 0));

            // Dropped in the middle.
            let (_, pending) = begun([1, 4, 5]).await;
            drop(pending);
        });
    }
}

#[test]
fn waits_with_deadlines() {
    on(async {
        let futures = [1, 9, 2].map(|n| count_to(n, Woken::InTime));
        let (done, pending) = wait!(..futures, timeout = 3ms, limit = 2).await;
        assert_eq!((done.len(), pending.len()), (2, 1));
        let (done, _) = wait!(..pending).await;
        assert!(done.into_iter().eq([9]));
    });
}

// ---- task_group! ------------------------------------------------------------------------------------------------

#[test]
fn groups_of_scoped_children() {
    for &woken in WAYS {
        on(async {
            let mut text = String::from("text");
            let borrowed = &mut text;
            let sum = task_group!(|tg| {
                let own = tg.clone();
                let first = tg.spawn_scoped(async move {
                    let held = &mut *borrowed;
                    count_to(2, woken).await;
                    held.push('s');
                    let second = own.spawn_scoped(count_to(3, woken));
                    second.await + held.len()
                });
                let children: Vec<_> = steps(MANY)
                    .map(|n| tg.spawn_scoped(count_to(n, woken)))
                    .collect();
                count_to(1, woken).await;
                let all = gather!(..children).await;
                assert!(all.into_iter().eq(steps(MANY)));
                first.await
            });
            assert_eq!((sum.await, &*text), (8, "texts"));
        });
    }
}

#[test]
fn groups_that_end_early() {
    for &woken in WAYS {
        on(async {
            let failures = task_group!(<usize> |tg| {
                tg.spawn_scoped(async { never(woken).await; });
                tg.spawn_scoped(fails_at_two(2, woken));
                tg.spawn(fails_at_two(9, woken));
                tg.spawn_daemon(async move { never(woken).await; });
                Ok(never(woken).await)
            }, limit = 3);
            assert_eq!(failures.await.unwrap_err().into_first(), 2);
            let stopped = task_group!(|tg| {
                let own = tg.clone();
                tg.spawn_scoped(async move {
                    count_to(1, woken).await;
                    own.stop(7);
                });
                tg.spawn(never(woken));
                never(woken).await
            });
            assert_eq!(stopped.await, 7);
        });
    }
}

#[test]
fn groups_with_deadlines() {
    on(async {
        let late = task_group!(
            |tg| {
                tg.spawn(never(Woken::InTime));
                tg.spawn_scoped(never(Woken::InTime));
                never(Woken::InTime).await
            },
            timeout = 3ms,
            grace = 2ms
        );
        assert!(late.await.is_err());
    });
}

#[test]
fn groups_of_tasks() {
    for &woken in WAYS {
        on(async {
            let counts = task_group!(
                |tg| {
                    let handle = tg.handle();
                    let children: Vec<_> = steps(9).map(|n| tg.spawn(count_to(n, woken))).collect();
                    let inner = tg.spawn(async move { handle.spawn(count_to(2, woken)).await });
                    gather!(inner, ..children, count_to(1, woken)).await
                },
                limit = 12
            );
            assert_eq!(counts.await, (2, steps(9).collect(), 1));
            let task = spawn(count_to(3, woken));
            assert_eq!(gather!(task, spawn(count_to(1, woken))).await, (3, 1));
        });
    }
}

// ---- threads ----------------------------------------------------------------------------------------------------

/// Waits for a thread, with a borrow of a local.
async fn woken_by_a_thread(n: usize) -> usize {
    let mut count = 0;
    let held = &mut count;
    for _ in 0..n {
        let (sender, receiver) = oneshot::channel();
        let thread = thread::spawn(move || sender.send(1));
        *held += receiver.await.expect("it is sent");
        let sent = thread.join().expect("no panic");
        sent.expect("it is received");
    }
    count
}

#[test]
fn threads_that_wake_branches() {
    on(async {
        let to = woken_by_a_thread;
        assert_eq!(gather!(to(1), to(2), to(0), to(1)).await, (1, 2, 0, 1));
        assert_eq!(gather!(..[2, 1, 1].map(to)).await, [2, 1, 1]);
        let mut stream = as_completed!(..[1, 2].map(to));
        stream.push(to(1));
        while stream.next().await.is_some() {}
        let (done, pending) = wait!(..[1, 2].map(to), return_when = FIRST_COMPLETED).await;
        let (rest, _) = wait!(..pending).await;
        assert_eq!(done.len() + rest.len(), 2);
        let group = task_group!(|tg| {
            let (one, two) = (tg.spawn_scoped(to(1)), tg.spawn_scoped(to(2)));
            gather!(one, two).await
        });
        assert_eq!(group.await, (1, 2));
    });
}

#[test]
fn threads_that_run_children() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("a runtime can be made");
    let sum = runtime.block_on(async {
        task_group!(
            |tg| {
                let tasks = [1, 2, 0].map(|n| tg.spawn(count_to(n, Woken::Later)));
                let blocking = tg.spawn_blocking(|| 4);
                let place = tg.spawn_scoped(count_to(2, Woken::Later));
                let (tasks, blocking, place) = gather!(..tasks, blocking, place).await;
                tasks.iter().sum::<usize>() + blocking + place
            },
            limit = 3
        )
        .await
    });
    assert_eq!(sum, 9);
}
