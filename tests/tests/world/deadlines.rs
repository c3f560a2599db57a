//! A deadline of zero polled a branch that wakes itself a hundred times, and took a tick of the clock; deadlines did not
//! come to busy calls.

use std::{
    cell::Cell,
    future::{Future, poll_fn, ready},
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
    time::Duration,
};

use rejoin::{Pending, as_completed, gather, task_group, wait};
use rejoin_tests::ms;
use tokio::{
    sync::oneshot,
    task::coop::consume_budget,
    time::{Instant, sleep},
};

/// A branch that wakes itself in each poll, and counts its polls.
fn eager(polls: &AtomicUsize) -> impl Future<Output = u8> + Send {
    poll_fn(|cx| {
        polls.fetch_add(1, Ordering::Relaxed);
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

/// So many counts.
fn counts(count: usize) -> Vec<AtomicUsize> {
    (0..count).map(|_| AtomicUsize::new(0)).collect()
}

fn all_polled_once(counts: &[AtomicUsize]) -> bool {
    counts
        .iter()
        .all(|count| count.load(Ordering::Relaxed) == 1)
}

/// A channel's message that is there, but costs a unit of the budget.
fn message() -> oneshot::Receiver<u8> {
    let (sender, receiver) = oneshot::channel();
    sender.send(1).expect("there is a receiver");
    receiver
}

/// Asserts that no time passes.
async fn at_once<T>(call: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let output = call.await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    output
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_each_branch_once_whatever_it_wakes() {
    for count in [1, 3, 64, 1_000, 5_000] {
        let c = counts(count);
        let late = at_once(gather!(..c.iter().map(eager), timeout = 0s)).await;
        assert!(late.is_err() && all_polled_once(&c), "gather {count}");

        let c = counts(count);
        let some = at_once(gather!(..c.iter().map(eager), timeout = 0s, partial = true)).await;
        assert!(
            some == vec![None; count] && all_polled_once(&c),
            "partial {count}"
        );

        let c = counts(count);
        let (done, left) = at_once(wait!(..c.iter().map(eager), timeout = 0s)).await;
        assert_eq!((done.len(), left.len()), (0, count));
        assert!(all_polled_once(&c), "wait {count}");

        let c = counts(count);
        let mut stream = as_completed!(..c.iter().map(eager), timeout = 0s);
        assert!(
            at_once(stream.next())
                .await
                .is_some_and(|late| late.is_err())
        );
        assert_eq!(stream.next().await, None);
        assert!(all_polled_once(&c), "stream {count}");

        let c = counts(count);
        at_once(async {
            as_completed!(
                for late in ..c.iter().map(eager) {
                    assert!(late.is_err())
                },
                timeout = 0s
            );
        })
        .await;
        assert!(all_polled_once(&c), "loop {count}");

        let c = counts(count);
        let each = at_once(gather!(..c.iter().map(eager), each_timeout = 0s)).await;
        assert!(
            each.iter().all(Result::is_err) && all_polled_once(&c),
            "each {count}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_each_of_some_static_branches_once() {
    let c = counts(5);
    let late = at_once(gather!(eager(&c[0]), eager(&c[1]), timeout = 0s)).await;
    assert_eq!(late.map_err(|late| late.after()), Err(Duration::ZERO));
    let more = at_once(gather!(
        eager(&c[2]),
        ready(3),
        eager(&c[3]),
        ready(4),
        eager(&c[4]),
        timeout = 0s,
        partial = true
    ));
    assert_eq!(more.await, (None, Some(3), None, Some(4), None));
    assert!(all_polled_once(&c));

    // Beside a spread that takes several turns.
    let c = counts(3_001);
    let (rest, first) = (&c[1..], &c[0]);
    let late = at_once(gather!(
        eager(first),
        ..rest.iter().map(eager),
        timeout = 0s
    ))
    .await;
    assert!(late.is_err() && all_polled_once(&c));

    let c = counts(2);
    at_once(async {
        let mut late = 0;
        as_completed! {
            a = eager(&c[0]) => late += usize::from(a.is_err()),
            b in ..[eager(&c[1])] => late += usize::from(b.is_err()),
            timeout = 0s
        }
        assert_eq!(late, 2);
    })
    .await;
    assert!(all_polled_once(&c));

    let c = counts(3);
    let late = at_once(task_group!(
        |tg| {
            tg.spawn_scoped(eager(&c[0]));
            tg.spawn_scoped(eager(&c[1]));
            eager(&c[2]).await
        },
        timeout = 0s
    ))
    .await;
    assert!(late.is_err() && all_polled_once(&c));
}

/// What is ready is in time, though the budget lasts for a part of it only.
#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_takes_all_messages_that_are_there() {
    const COUNT: usize = 1_500;
    let all = at_once(gather!(..(0..COUNT).map(|_| message()), timeout = 0s)).await;
    assert_eq!(
        all.expect("it is in time").expect("all were sent").len(),
        COUNT
    );
    let (done, _) = at_once(wait!(..(0..COUNT).map(|_| message()), timeout = 0s)).await;
    assert_eq!(done.len(), COUNT);
    let mut in_time = 0;
    at_once(async {
        as_completed!(
            for message in ..(0..COUNT).map(|_| message()) {
                assert_eq!(message, Ok(Ok(1)));
                in_time += 1;
            },
            timeout = 0s
        );
    })
    .await;
    assert_eq!(in_time, COUNT);
}

#[tokio::test(start_paused = true)]
async fn a_stream_hands_out_what_is_ready_before_a_timeout_of_zero() {
    let c = counts(3);
    let branches: Vec<Pin<Box<dyn Future<Output = u8> + '_>>> = vec![
        Box::pin(eager(&c[0])),
        Box::pin(ready(1)),
        Box::pin(eager(&c[1])),
        Box::pin(ready(2)),
        Box::pin(eager(&c[2])),
    ];
    let mut stream = as_completed!(..branches, timeout = 0s);
    let polled = || {
        c.iter()
            .map(|count| count.load(Ordering::Relaxed))
            .collect::<Vec<_>>()
    };
    assert_eq!(stream.next().await, Some(Ok(1)));
    assert_eq!(polled(), [1, 0, 0]);
    assert_eq!(stream.next().await, Some(Ok(2)));
    assert_eq!(polled(), [1, 1, 0]);
    assert!(stream.next().await.is_some_and(|late| late.is_err()));
    assert_eq!(polled(), [1, 1, 1]);
    assert_eq!(stream.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_as_many_as_there_are_places_for() {
    let c = counts(10);
    let (done, left) = at_once(wait!(..c.iter().map(eager), limit = 3, timeout = 0s)).await;
    assert_eq!((done.len(), left.len()), (0, 10));
    let polled = |c: &[AtomicUsize]| c.iter().map(|c| c.load(Ordering::Relaxed)).sum::<usize>();
    assert!(all_polled_once(&c[..3]) && polled(&c) == 3);

    let c = counts(3_000);
    assert!(
        at_once(gather!(..c.iter().map(eager), limit = 2000, timeout = 0s))
            .await
            .is_err()
    );
    assert!(all_polled_once(&c[..2_000]) && polled(&c) == 2_000);

    let c = counts(3_000);
    let mut stream = as_completed!(..c.iter().map(eager), limit = 2000, timeout = 0s);
    assert!(
        at_once(stream.next())
            .await
            .is_some_and(|late| late.is_err())
    );
    assert!(all_polled_once(&c[..2_000]) && polled(&c) == 2_000);

    // An endless iterator of branches that are ready comes to an end, too.
    let mut given = 0;
    at_once(async {
        as_completed!(
            for n in ..(0..).map(ready) {
                given += usize::from(n.is_ok())
            },
            limit = 2,
            timeout = 0s
        );
    })
    .await;
    assert!((1..=1_024).contains(&given), "{given}");
}

/// A set that stopped after a result has branches that were woken and not polled; they are polled once, with those that were
/// woken since.
#[tokio::test(start_paused = true)]
async fn a_timeout_of_zero_polls_each_branch_of_a_set_that_was_left_once() {
    let c = counts(200);
    let polls = |n: usize| c[n].load(Ordering::Relaxed);
    let mut set: Pending<Pin<Box<dyn Future<Output = u8> + '_>>> = Pending::new();
    for (n, count) in c.iter().enumerate() {
        if n == 100 {
            let mut polled = false;
            set.push(Box::pin(poll_fn(move |cx| {
                cx.waker().wake_by_ref();
                if std::mem::replace(&mut polled, true) {
                    Poll::Ready(7)
                } else {
                    Poll::Pending
                }
            })));
        }
        set.push(Box::pin(eager(count)));
    }
    assert!(futures::poll!(pin!(set.next())).is_pending());
    // Stops in the midst of those that were woken.
    assert_eq!(set.next().await, Some(7));
    assert_eq!((polls(99), polls(100)), (2, 1));
    let before: Vec<_> = (0..200).map(polls).collect();
    let (done, mut left) = at_once(wait!(..set, timeout = 0s)).await;
    assert_eq!((done.len(), left.len()), (0, 200));
    assert!((0..200).all(|n| polls(n) == before[n] + 1));
    // A deadline of an earlier call counts no more.
    assert!(futures::poll!(pin!(left.next())).is_pending());
    assert!((0..200).all(|n| polls(n) > before[n] + 1));
    as_completed!(
        for late in ..&mut left {
            assert!(late.is_err())
        },
        timeout = 0s
    );
    let before: Vec<_> = (0..200).map(polls).collect();
    assert!(futures::poll!(pin!(left.next())).is_pending());
    assert!((0..200).all(|n| polls(n) > before[n]));
}

/// A deadline comes though a branch uses the budget up in each turn.
#[tokio::test(start_paused = true)]
async fn a_deadline_comes_to_a_busy_call() {
    async fn busy() {
        loop {
            consume_budget().await;
        }
    }
    // The clock goes on only where the runtime is idle, so time is moved by hand.
    async fn late_at<T>(call: impl Future<Output = T>) -> usize {
        let turns = Cell::new(0);
        let mut call = pin!(call);
        let mut move_on = pin!(async {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            tokio::time::advance(ms(10)).await;
        });
        let mut moved = false;
        poll_fn(|cx| {
            turns.set(turns.get() + 1);
            assert!(turns.get() < 100, "it does not end");
            if call.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            moved = moved || move_on.as_mut().poll(cx).is_ready();
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        turns.get()
    }
    let most = 20;
    assert!(late_at(gather!(busy(), busy(), timeout = 10ms)).await < most);
    assert!(late_at(gather!(busy(), busy(), busy(), busy(), timeout = 10ms)).await < most);
    assert!(late_at(gather!(..[busy(), busy()], timeout = 10ms)).await < most);
    assert!(late_at(gather!(..[busy(), busy()], each_timeout = 10ms)).await < most);
    assert!(late_at(gather!(busy(), busy(), each_timeout = 10ms)).await < most);
    assert!(late_at(wait!(..[busy(), busy()], timeout = 10ms)).await < most);
    let in_loop = async {
        as_completed!(
            for late in ..[busy(), busy()] {
                assert!(late.is_err())
            },
            timeout = 10ms
        );
    };
    assert!(late_at(in_loop).await < most);
    let group = task_group!(
        |tg| {
            tg.spawn_scoped(busy());
            busy().await;
        },
        timeout = 10ms
    );
    assert!(late_at(group).await < most);
}

/// A stream whose branches are ready whenever it is asked ends at its deadline all the same.
#[tokio::test(start_paused = true)]
async fn an_endless_stream_ends_at_its_deadline() {
    let start = Instant::now();
    let mut given = 0_u64;
    let mut stream = as_completed!(..(0_u64..).map(ready), limit = 4, timeout = 10ms);
    loop {
        match stream.next().await {
            Some(Ok(n)) => {
                assert_eq!(n, given);
                given += 1;
                if given % 100 == 0 {
                    sleep(ms(1)).await;
                }
            }
            Some(Err(late)) => break assert_eq!(late.after(), ms(10)),
            None => panic!("it says that it is late"),
        }
    }
    assert!(start.elapsed() >= ms(10));
    assert!(given < 10_000, "{given}");
    assert!(stream.next().await.is_none());
}
