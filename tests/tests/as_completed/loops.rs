//! `as_completed!` as a loop: what its body may do, and that nobody waits for it.

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    pin::Pin,
    rc::Rc,
    time::Duration,
};

use rejoin::{Pending, TimedOut, as_completed, wait};
use rejoin_tests::{Log, ms};
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

async fn after(delay: u64) -> u64 {
    sleep(ms(delay)).await;
    delay
}

/// Futures that tell when they finished.
fn timed<'a>(
    delays: &'a [u64],
    start: Instant,
    finished: &'a RefCell<Vec<(u64, Duration)>>,
) -> impl Iterator<Item = impl Future<Output = u64>> + 'a {
    delays.iter().map(move |&delay| async move {
        sleep(ms(delay)).await;
        finished.borrow_mut().push((delay, start.elapsed()));
        delay
    })
}

// ---- nothing is snoozed -----------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn nothing_is_snoozed_while_the_body_awaits() {
    let (start, finished) = (Instant::now(), RefCell::default());
    let mut seen = vec![];
    as_completed!(for delay in ..timed(&[20, 30, 40], start, &finished) {
        seen.push((delay, start.elapsed()));
        sleep(ms(500)).await;
    });
    let times = [(20, ms(20)), (30, ms(30)), (40, ms(40))];
    assert_eq!(finished.into_inner(), times);
    assert_eq!(seen, [(20, ms(20)), (30, ms(520)), (40, ms(1020))]);
    assert_eq!(start.elapsed(), ms(1520));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_a_sibling_holds_is_no_deadlock() {
    let lock = Mutex::new(0);
    let first = sleep(ms(10));
    let holds = async {
        let mut value = lock.lock().await;
        sleep(ms(50)).await;
        *value += 1;
    };
    let start = Instant::now();
    let mut seen = vec![];
    // `first` is done while `holds` has the lock.
    let futures: [Pin<Box<dyn Future<Output = ()> + '_>>; 2] = [Box::pin(first), Box::pin(holds)];
    as_completed!(for () in ..futures {
        let value = lock.lock().await;
        seen.push((*value, start.elapsed()));
    });
    assert_eq!(seen, [(1, ms(50)), (1, ms(50))]);
}

#[tokio::test(start_paused = true)]
async fn an_await_in_the_arguments_of_a_macro_drives_too() {
    let (start, finished) = (Instant::now(), RefCell::default());
    let mut lines = vec![];
    as_completed!(for delay in ..timed(&[10, 20], start, &finished) {
        lines.push(format!("{delay} {}", after(100).await));
        assert!(
            matches!(after(100).await, 100 if delay > 0),
            "{}",
            after(1).await
        );
        let list = vec![after(50).await; 2];
        assert_eq!(list, [50, 50]);
    });
    assert_eq!(lines, ["10 100", "20 100"]);
    assert_eq!(finished.into_inner(), [(10, ms(10)), (20, ms(20))]);
    assert_eq!(start.elapsed(), ms(510));
}

#[tokio::test(start_paused = true)]
async fn an_inner_loop_drives_the_outer_ones() {
    let (start, finished) = (Instant::now(), RefCell::default());
    let mut seen = vec![];
    as_completed!(for outer in ..timed(&[10, 20, 30], start, &finished) {
        as_completed!(for inner in ..[100, 200].map(after) {
            as_completed!(for last in (after(5),) {
                seen.push((outer, inner, last, start.elapsed()));
            });
            after(10).await;
        });
    });
    let times = [(10, ms(10)), (20, ms(20)), (30, ms(30))];
    assert_eq!(finished.into_inner(), times);
    let at = |n: u64| 10 + n * 215;
    let expected: Vec<_> = (0..3)
        .flat_map(|n| {
            let outer = 10 * (n + 1);
            [
                (outer, 100, 5, ms(at(n) + 105)),
                (outer, 200, 5, ms(at(n) + 205)),
            ]
        })
        .collect();
    assert_eq!(seen, expected);
}

#[tokio::test(start_paused = true)]
async fn what_an_inner_loop_awaits_for_its_branches_drives_the_outer_one() {
    let (start, finished) = (Instant::now(), RefCell::default());
    as_completed!(for _ in ..timed(&[10, 20], start, &finished) {
        as_completed!(
            for n in ..vec![after(100).await, 1].into_iter().map(after) {
                assert!(n == 100 || n == 1);
            }
        );
    });
    assert_eq!(finished.into_inner(), [(10, ms(10)), (20, ms(20))]);
}

#[tokio::test(start_paused = true)]
async fn async_blocks_closures_and_items_in_the_body_are_left_alone() {
    let mut tasks = vec![];
    as_completed!(for n in ..[1, 2].map(after) {
        async fn twice(n: u64) -> u64 {
            after(n).await * 2
        }
        let block = async move { after(n).await + 1 };
        let closure = async || after(n).await + 2;
        let boxed = |n| async move { after(n).await };
        tasks.push((block.await, closure().await, boxed(n).await, twice(n).await));
    });
    assert_eq!(tasks, [(2, 3, 1, 2), (3, 4, 2, 4)]);
}

#[tokio::test(start_paused = true)]
async fn an_await_in_every_kind_of_expression() {
    let (start, finished) = (Instant::now(), RefCell::default());
    let mut sum = 0;
    as_completed!(for n in ..timed(&[1, 2, 3], start, &finished) {
        if after(10).await == 10 && n > 0 {
            sum += match after(n).await {
                m if m == n => (after(1).await, [after(2).await]).0.max(after(3).await),
                _ => unreachable!(),
            };
        }
        while sum % 2 == 1 {
            sum += after(1).await;
        }
        let nested = after(after(after(1).await).await).await;
        assert_eq!(nested, 1);
        let String { .. } = async { String::from("a temporary") }.await;
    });
    assert_eq!(sum, 12);
    assert_eq!(finished.into_inner(), [(1, ms(1)), (2, ms(2)), (3, ms(3))]);
}

#[test]
fn the_future_of_a_loop_is_send() {
    fn assert_send<T: Send>(future: T) -> T {
        future
    }
    let urls = [String::from("a"), String::from("b")];
    drop(assert_send(async {
        let lengths = urls.iter().map(|url| async move { url.len() });
        let mut sum = 0;
        let mut pending = Pending::from_iter([after(1)]);
        as_completed!(
            for length in ..lengths {
                sum += length.unwrap().unwrap();
                after(1).await;
                as_completed!(
                    for n in (..&mut pending, after(1)) {
                        sum += usize::try_from(after(n).await).unwrap();
                    },
                    limit = 2
                );
            },
            limit = 2,
            timeout = 1s,
            each_timeout = 2s
        );
        sum
    }));
}

// ---- control flow -----------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn break_cancels_the_rest_before_the_next_statement() {
    let log = Log::default();
    let children = [30, 10, 20].map(|delay| {
        let on_drop = log.on_drop(&delay);
        async move {
            let _on_drop = on_drop;
            after(delay).await
        }
    });
    as_completed!(for delay in ..children {
        assert_eq!(delay, 10);
        log.add("body");
        break;
    });
    log.add("after");
    assert_eq!(log.take(), ["10", "body", "30", "20", "after"]);
}

#[tokio::test(start_paused = true)]
async fn continue_and_labels() {
    let mut seen = vec![];
    as_completed!('outer: for n in ..[1, 2, 3, 4].map(after) {
        if n == 1 {
            continue;
        }
        as_completed!('inner: for m in ..[10, 20, 30].map(after) {
            match (n, m) {
                (2, 20) => continue 'outer,
                (3, 10) => continue 'inner,
                (3, 30) => break 'outer,
                _ => seen.push((n, m)),
            }
        });
        unreachable!();
    });
    assert_eq!(seen, [(2, 10), (3, 20)]);
    'around: loop {
        as_completed!(for _ in ..[1].map(after) {
            break 'around;
        });
    }
}

#[tokio::test(start_paused = true)]
async fn return_and_question_mark_leave_the_function() {
    async fn first(dropped: &Cell<bool>, fail: bool) -> Result<u64, String> {
        struct Flag<'a>(&'a Cell<bool>);
        impl Drop for Flag<'_> {
            fn drop(&mut self) {
                self.0.set(true);
            }
        }
        let slow = async {
            let _flag = Flag(dropped);
            pending().await
        };
        let quick = async {
            if fail {
                Err("failed".to_owned())
            } else {
                Ok(1)
            }
        };
        as_completed!(for result in (slow, quick) {
            let n: u64 = result?;
            return Ok(n);
        });
        unreachable!()
    }
    for (fail, expected) in [(false, Ok(1)), (true, Err("failed".to_owned()))] {
        let dropped = Cell::new(false);
        assert_eq!(first(&dropped, fail).await, expected);
        assert!(dropped.get());
    }
}

#[tokio::test(start_paused = true)]
async fn bodies_run_one_at_a_time_and_may_use_their_surroundings() {
    struct Index {
        words: Vec<String>,
    }
    impl Index {
        async fn add(&mut self, word: String) {
            sleep(ms(10)).await;
            self.words.push(word);
        }
    }
    let mut index = Index { words: vec![] };
    let words = ["c", "a", "b"];
    let fetch = |(n, word): (u64, &'static str)| async move {
        after(n).await;
        word.to_owned()
    };
    as_completed!(for mut word in ..(0..).zip(words).map(fetch) {
        word.push('!');
        index.add(word).await;
    });
    assert_eq!(index.words, ["c!", "a!", "b!"]);
}

#[tokio::test]
async fn patterns() {
    let mut sum = 0;
    as_completed!(
        for (a, [b, ..]) in ..[ready((1, [2, 3])), ready((4, [5, 6]))] {
            sum += a + b;
        }
    );
    as_completed!(for &n in ..[ready(&7)] {
        sum += n;
    });
    as_completed!(
        for Ok(n) | Err(n) in ..[ready(Ok::<i32, i32>(1)), ready(Err(2))] {
            sum += n;
        }
    );
    assert_eq!(sum, 22);
}

// ---- options ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_timeout_that_passes_while_the_body_awaits() {
    let start = Instant::now();
    let mut seen = vec![];
    as_completed!(<timeout = 25ms> for item in ..[10, 20, 30].map(after) {
        seen.push((item.map_err(|late| late.after()), start.elapsed()));
        sleep(ms(100)).await;
    });
    let expected = [(Ok(10), ms(10)), (Ok(20), ms(110)), (Err(ms(25)), ms(210))];
    assert_eq!(seen, expected);
    assert_eq!(start.elapsed(), ms(310));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_nothing_misses_is_not_told() {
    let mut seen = vec![];
    as_completed!(
        for item in ..[10, 20].map(after) {
            seen.push(item);
            sleep(ms(100)).await;
        },
        timeout = 20ms
    );
    assert_eq!(seen, [Ok(10), Ok(20)]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_each() {
    let mut seen = vec![];
    as_completed!(
        for item in ..[30, 10].map(after) {
            seen.push(item.map_err(|late| late.after()));
        },
        each_timeout = 20ms
    );
    assert_eq!(seen, [Ok(10), Err(ms(20))]);
}

#[tokio::test(start_paused = true)]
async fn under_a_limit_the_next_starts_when_a_body_begins() {
    let start = Instant::now();
    let log = RefCell::new(vec![]);
    let children = [10, 20, 30, 40].map(|delay| {
        let log = &log;
        async move {
            log.borrow_mut().push((delay, start.elapsed()));
            after(delay).await
        }
    });
    as_completed!(
        for _ in ..children {
            sleep(ms(100)).await;
        },
        limit = 2
    );
    // A result keeps its place until its body begins.
    let expected = [(10, ms(0)), (20, ms(0)), (30, ms(10)), (40, ms(110))];
    assert_eq!(log.into_inner(), expected);
}

#[tokio::test(start_paused = true)]
async fn several_items_in_parentheses() {
    let mut seen = vec![];
    as_completed!(for n in (after(20), ..[30, 10].map(after), async { 5 }) {
        seen.push(n);
    });
    assert_eq!(seen, [5, 10, 20, 30]);
}

// ---- sets that are lent -----------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_body_pushes_to_the_set_it_was_lent() {
    let start = Instant::now();
    let mut pending = Pending::from_iter([after(10)]);
    let mut seen = vec![];
    as_completed!(for n in ..&mut pending {
        seen.push((n, start.elapsed(), pending.len()));
        if n < 40 {
            let next = after(0).await + n * 2;
            assert_eq!(pending.push(after(next)), seen.len());
        }
    });
    let expected = [(10, ms(10), 0), (20, ms(30), 0), (40, ms(70), 0)];
    assert_eq!(seen, expected);
    assert!(pending.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_left_after_break_is_alive() {
    let start = Instant::now();
    let mut pending = Pending::from_iter([10, 20, 30].map(after));
    as_completed!(for n in ..&mut pending {
        assert_eq!(n, 10);
        sleep(ms(15)).await;
        break;
    });
    assert_eq!(pending.len(), 2);
    sleep(ms(100)).await;
    let (done, pending) = wait!(..pending).await;
    assert_eq!(done.indexed().collect::<Vec<_>>(), [(1, 20), (2, 30)]);
    assert!(pending.is_empty());
    assert_eq!(start.elapsed(), ms(125));
}

#[tokio::test(start_paused = true)]
async fn what_is_left_after_a_timeout_is_alive() {
    let mut pending = Pending::from_iter([10, 20, 30].map(after));
    let mut seen = vec![];
    as_completed!(
        for item in ..&mut pending {
            seen.push(item.map_err(|late| late.after()));
        },
        timeout = 15ms
    );
    assert_eq!(seen, [Ok(10), Err(ms(15))]);
    assert_eq!(pending.len(), 2);
    assert_eq!(pending.next().await, Some(20));
}

#[tokio::test(start_paused = true)]
async fn a_limit_holds_for_the_loop() {
    let start = Instant::now();
    let mut pending = Pending::from_iter([10, 10, 10, 10].map(after));
    let mut seen = vec![];
    as_completed!(
        for n in ..&mut pending {
            seen.push((n, start.elapsed()));
            if seen.len() == 2 {
                break;
            }
        },
        limit = 1
    );
    assert_eq!(seen, [(10, ms(10)), (10, ms(20))]);
    let (done, _) = wait!(..pending).await;
    assert_eq!((done.len(), start.elapsed()), (2, ms(30)));
}

#[tokio::test(start_paused = true)]
async fn a_lent_set_keeps_a_limit_of_its_own() {
    let start = Instant::now();
    let (done, mut pending) = wait!(
        ..[10, 10, 10].map(after),
        limit = 1,
        return_when = FIRST_COMPLETED
    )
    .await;
    assert_eq!(done.len(), 1);
    let mut seen = vec![];
    as_completed!(for _ in ..&mut pending {
        seen.push(start.elapsed());
    });
    assert_eq!(seen, [ms(20), ms(30)]);
}

#[tokio::test(start_paused = true)]
async fn several_sets_and_branches_in_completion_order() {
    struct State {
        first: Pending<Pin<Box<dyn Future<Output = u64>>>>,
    }
    let boxed = |n| Box::pin(after(n)) as Pin<Box<dyn Future<Output = u64>>>;
    let mut state = State {
        first: Pending::from_iter([40, 10].map(boxed)),
    };
    let mut second = Pending::from_iter([20, 50].map(after));
    let lent = &mut second;
    let mut seen = vec![];
    as_completed!(for n in (after(30), ..&mut state.first, ..&mut *lent) {
        seen.push(n);
        if n == 10 {
            state.first.push(boxed(35));
            // Everything but the last is done meanwhile.
            sleep(ms(38)).await;
        }
    });
    assert_eq!(seen, [10, 20, 30, 40, 35, 50]);
    assert!(state.first.is_empty() && second.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_limit_counts_over_all_sets() {
    let start = Instant::now();
    let mut first = Pending::from_iter([10, 10].map(after));
    let mut second = Pending::from_iter([10, 10].map(after));
    let mut seen = vec![];
    as_completed!(
        for _ in (..&mut first, ..&mut second) {
            seen.push(start.elapsed());
        },
        limit = 2
    );
    assert_eq!(seen, [ms(10), ms(10), ms(20), ms(20)]);
}

#[tokio::test(start_paused = true)]
async fn tasks_in_a_vector_are_lent_one_by_one() {
    let mut tasks: Vec<_> = [20, 10].map(|n| rejoin::spawn(after(n))).into();
    let mut seen = vec![];
    as_completed!(for n in ..tasks.iter_mut() {
        seen.push(n);
    });
    assert_eq!(seen, [10, 20]);
}

#[tokio::test(start_paused = true)]
async fn an_empty_loop_ends_at_once() {
    let mut pending = Pending::<std::future::Ready<()>>::new();
    as_completed!(for () in ..&mut pending {
        unreachable!();
    });
    as_completed!(for () in ..Vec::<std::future::Ready<()>>::new() {
        unreachable!();
    });
    as_completed!(
        for item in ..Vec::<std::future::Ready<()>>::new() {
            let _: Result<(), TimedOut> = item;
            unreachable!();
        },
        timeout = 0s
    );
}

#[tokio::test(start_paused = true)]
async fn local_state_needs_no_send() {
    let sum = Rc::new(Cell::new(0));
    as_completed!(for n in ..[1, 2].map(after) {
        sum.set(sum.get() + n);
        after(1).await;
    });
    assert_eq!(sum.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_borrowed_set_of_busy_futures_ends_at_its_deadline() {
    // More futures than one turn polls, each of which wakes itself whenever it is polled.
    const COUNT: usize = 3_000;
    let polls = Rc::new(Cell::new(0));
    let busy = |_| {
        let polls = Rc::clone(&polls);
        std::future::poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            assert!(polls.get() <= COUNT, "a future was polled twice");
            cx.waker().wake_by_ref();
            std::task::Poll::<()>::Pending
        })
    };
    let mut pending: Pending<_> = (0..COUNT).map(busy).collect();
    let mut timeouts = 0;
    as_completed!(
        for item in ..&mut pending {
            assert!(item.is_err());
            timeouts += 1;
        },
        timeout = 0s
    );
    assert_eq!((polls.get(), timeouts, pending.len()), (COUNT, 1, COUNT));
}
