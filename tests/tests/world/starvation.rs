//! A branch that always has something to do, as a socket that is never empty, kept its siblings from ever being polled with
//! a budget.

use std::{
    array,
    cell::Cell,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use rejoin::{Pending, as_completed, gather, task_group, wait};
use rejoin_tests::ms;
use tokio::{
    task::{coop::consume_budget, yield_now},
    time::{Instant, timeout},
};

type Boxed<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The budget that tokio gives a task for one poll.
const BUDGET: usize = 128;

/// A branch that always has something to read, and counts what it has read.
#[derive(Default)]
struct Socket(AtomicUsize);

impl Socket {
    fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Reads for ever, as long as the budget lasts.
    async fn drain(&self) {
        loop {
            consume_budget().await;
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Reads for ever, and gives the runtime its turn after each time.
    async fn drain_politely(&self) {
        loop {
            consume_budget().await;
            self.0.fetch_add(1, Ordering::Relaxed);
            yield_now().await;
        }
    }

    /// Reads so many times.
    async fn take(&self, times: usize) {
        for _ in 0..times {
            consume_budget().await;
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn sockets<const N: usize>() -> [Socket; N] {
    array::from_fn(|_| Socket::default())
}

/// Polls a call so many times, each with a budget of its own. Returns whether it has ended.
async fn turns(count: usize, call: impl Future) -> bool {
    let mut call = pin!(call);
    let mut left = count;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        cx.waker().wake_by_ref();
        call.as_mut().poll(cx).map(|_| true)
    })
    .await
}

/// Asserts that a call that never ends gives each of these an equal share of its turns, but for one turn.
async fn assert_equal_shares(name: &str, sockets: &[Socket], call: impl Future) {
    assert_shares(name, sockets, call, 1).await;
}

/// Asserts that a call that never ends gives each of these an equal share of its turns, but for so many of twenty.
async fn assert_shares(name: &str, sockets: &[Socket], call: impl Future, turns_off: usize) {
    let rounds = 20;
    assert!(!turns(rounds * sockets.len(), call).await, "{name}");
    let shares: Vec<_> = sockets.iter().map(Socket::read).collect();
    let (least, most) = (shares.iter().min(), shares.iter().max());
    let (least, most) = (least.expect("one"), most.expect("one"));
    assert!(
        *least >= (rounds - turns_off) * BUDGET,
        "{name}: {shares:?}"
    );
    assert!(*most <= (rounds + turns_off) * BUDGET, "{name}: {shares:?}");
}

#[tokio::test]
async fn branches_of_a_static_gather_have_equal_shares() {
    let s = sockets::<2>();
    assert_equal_shares("2", &s, gather!(s[0].drain(), s[1].drain())).await;
    let s = sockets::<3>();
    let call = gather!(s[0].drain(), s[1].drain(), s[2].drain());
    assert_equal_shares("3", &s, call).await;
    let s = sockets::<4>();
    let call = gather!(s[0].drain(), s[1].drain(), s[2].drain(), s[3].drain());
    assert_equal_shares("4", &s, call).await;
    let s = sockets::<5>();
    let call = gather!(
        s[0].drain(),
        s[1].drain(),
        s[2].drain(),
        s[3].drain(),
        s[4].drain(),
        limit = 5
    );
    assert_equal_shares("5, limit", &s, call).await;
    let s = sockets::<3>();
    let call = gather!(s[0].drain(), s[1].drain(), s[2].drain(), limit = 3);
    assert_equal_shares("3, limit", &s, call).await;
}

/// More branches than one word of bits has.
#[tokio::test]
async fn seventy_branches_have_equal_shares() {
    macro_rules! gather_all {
        ($s:ident: $($n:literal)*) => { gather!($($s[$n].drain()),*) };
    }
    let s = sockets::<70>();
    let call = gather_all!(s: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33
        34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69);
    assert_equal_shares("70", &s, Box::pin(call)).await;
}

#[tokio::test]
async fn futures_of_sets_have_equal_shares() {
    // Until all have started, those that have take part in every other turn.
    let s = sockets::<9>();
    assert_shares("gather", &s, gather!(..s.iter().map(Socket::drain)), 4).await;
    let s = sockets::<9>();
    let call = gather!(..s.iter().map(Socket::drain), limit = 9);
    assert_equal_shares("gather, limit", &s, call).await;
    let s = sockets::<9>();
    assert_shares("wait", &s, wait!(..s.iter().map(Socket::drain)), 4).await;
    let s = sockets::<9>();
    let call = async { as_completed!(for () in ..s.iter().map(Socket::drain) {}) };
    assert_shares("loop", &s, call, 4).await;
    let s = sockets::<2>();
    let call = async {
        as_completed! { () = s[0].drain() => {}, () = s[1].drain() => {} }
    };
    assert_equal_shares("arms", &s, call).await;
    let s = sockets::<9>();
    let call = task_group!(|tg| {
        for socket in &s[1..] {
            tg.spawn_scoped(socket.drain());
        }
        s[0].drain().await;
    });
    assert_shares("group", &s, call, 4).await;
}

#[tokio::test]
async fn spreads_beside_branches_have_equal_shares() {
    // A spread is one branch.
    let s = sockets::<2>();
    let call = gather!(..[s[0].drain()], s[1].drain());
    assert_equal_shares("spread, branch", &s, call).await;
    let s = sockets::<3>();
    let call = gather!(..[s[0].drain()], ..vec![s[1].drain()], s[2].drain());
    assert_equal_shares("two spreads, branch", &s, call).await;
    let s = sockets::<5>();
    let call = gather!(
        s[0].drain(),
        ..[s[1].drain()],
        s[2].drain(),
        ..vec![s[3].drain()],
        s[4].drain()
    );
    assert_equal_shares("mixed", &s, call).await;
}

/// The inner call is polled in vain in every other turn, which must not make it lose its place.
#[tokio::test]
async fn nested_gathers_starve_nobody() {
    let s = sockets::<3>();
    let call = gather!(s[0].drain(), gather!(s[1].drain(), s[2].drain()));
    assert!(!turns(40, call).await);
    assert_eq!([0, 1, 2].map(|n| s[n].read() / BUDGET), [20, 10, 10]);

    let s = sockets::<8>();
    let inner = gather!(s[4].drain(), s[5].drain());
    let inner = gather!(s[1].drain(), s[2].drain(), s[3].drain(), inner);
    let call = gather!(s[0].drain(), inner, gather!(s[6].drain(), s[7].drain()));
    assert!(!turns(240, call).await);
    let shares = [0, 1, 2, 3, 4, 5, 6, 7].map(|n| s[n].read() / BUDGET);
    assert_eq!(shares, [80, 20, 20, 20, 10, 10, 40, 40]);
}

/// `gather!(drain, ticks)`: the second branch has a message, and sees it in the second turn.
#[tokio::test]
async fn a_message_beside_a_busy_socket_is_seen_in_the_next_turn() {
    let s = sockets::<2>();
    let call = async { gather!(s[0].drain(), s[1].take(1)).await };
    assert!(!turns(2, call).await);
    assert_eq!(s[1].read(), 1);
    // And in the first turn, where the socket comes later.
    let s = sockets::<2>();
    assert!(!turns(1, gather!(s[1].take(1), s[0].drain())).await);
    assert_eq!(s[1].read(), 1);
}

#[tokio::test]
async fn a_branch_behind_a_spread_of_polite_ones_is_polled() {
    for count in [100, 127, 128, 129, 200, 1_000] {
        let (busy, last) = (Socket::default(), Socket::default());
        let spread = (0..count).map(|_| busy.drain_politely());
        let call = gather!(..spread, last.take(2));
        assert!(!turns(2, call).await, "{count}");
        assert_eq!(last.read(), 2, "{count}");
    }
}

#[tokio::test]
async fn a_branch_behind_a_spread_that_wakes_itself_starts_under_a_limit() {
    for count in [500, 512, 513, 600, 2_000] {
        let (wakes, last) = (Cell::new(0), Socket::default());
        let eager = || {
            poll_fn(|cx| {
                wakes.set(wakes.get() + 1);
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            })
        };
        let call = gather!(
            ..(0..count).map(|_| eager()),
            last.take(1),
            limit = count + 1
        );
        // In later turns, half of the polls are for those that wake themselves.
        let needed = 1 + count.saturating_sub(1_024).div_ceil(512);
        assert!(!turns(needed, call).await);
        assert_eq!(last.read(), 1, "{count}");
    }
}

/// Asserts that a call ends by its own wakes: a timer, which would poll it once more, does not come before.
async fn assert_ends_at_once(count: usize, call: impl Future) {
    let start = Instant::now();
    assert!(timeout(ms(1), call).await.is_ok(), "{count}");
    assert_eq!(start.elapsed(), ms(0), "{count}");
}

/// A branch that is visited last, because it used the budget up, makes room for one that was visited before it.
#[tokio::test(start_paused = true)]
async fn a_branch_that_used_the_budget_up_makes_room_for_the_next() {
    for count in [BUDGET, BUDGET + 1, 2 * BUDGET + 1] {
        let s = sockets::<3>();
        let call = gather!(s[0].take(count), s[1].take(1), s[2].take(1), limit = 1);
        assert_ends_at_once(count, call).await;
        let s = sockets::<3>();
        let call = gather!(s[0].take(count), ..[s[1].take(1), s[2].take(1)], limit = 1);
        assert_ends_at_once(count, call).await;
        let s = sockets::<3>();
        let call = gather!(..[s[0].take(count), s[1].take(1)], s[2].take(1), limit = 1);
        assert_ends_at_once(count, call).await;
    }
}

/// `limit = 1000` ran 128 jobs, because each of them used a part of the budget.
#[tokio::test]
async fn a_limit_of_a_thousand_runs_a_thousand() {
    fn jobs<'a>(
        started: &'a AtomicUsize,
        socket: &'a Socket,
    ) -> impl Iterator<Item = impl Future<Output = ()> + Send + use<'a>> {
        (0..3_000).map(|_| async {
            started.fetch_add(1, Ordering::Relaxed);
            socket.drain_politely().await;
        })
    }
    let socket = Socket::default();
    let n = AtomicUsize::new(0);
    let mut calls: [(&str, Boxed<'_>); 5] = [
        (
            "gather!",
            Box::pin(async { drop(gather!(..jobs(&n, &socket), limit = 1000).await) }),
        ),
        (
            "wait!",
            Box::pin(async { drop(wait!(..jobs(&n, &socket), limit = 1000).await) }),
        ),
        (
            "a stream",
            Box::pin(async {
                as_completed!(..jobs(&n, &socket), limit = 1000)
                    .next()
                    .await;
            }),
        ),
        (
            "a loop",
            Box::pin(async { as_completed!(for () in ..jobs(&n, &socket) {}, limit = 1000) }),
        ),
        (
            "arms",
            Box::pin(async {
                as_completed! { () in ..jobs(&n, &socket) => {}, limit = 1000 }
            }),
        ),
    ];
    for (name, call) in &mut calls {
        n.store(0, Ordering::Relaxed);
        assert!(!turns(1, call).await, "{name}");
        assert_eq!(n.load(Ordering::Relaxed), 1_000, "{name}");
    }
}

/// A place that becomes free is filled in the same turn, though the others go on being busy.
#[tokio::test]
async fn a_free_place_is_filled_beside_busy_jobs() {
    let (socket, running) = (Socket::default(), Cell::new(0_usize));
    let least = Cell::new(usize::MAX);
    let job = |n: usize| {
        let (socket, running, least) = (&socket, &running, &least);
        async move {
            running.set(running.get() + 1);
            if n > 300 {
                least.set(least.get().min(running.get()));
            }
            for _ in 0..10 + n % 40 {
                socket.take(1).await;
                yield_now().await;
            }
            running.set(running.get() - 1);
        }
    };
    // Whatever ends in a turn is replaced in it: never are there fewer than those that did not end in it.
    assert!(turns(10_000, gather!(..(0..1_000).map(job), limit = 300)).await);
    assert!(least.get() > 300 - BUDGET, "{}", least.get());
}

// ---- several sets ---------------------------------------------------------------------------------------------------

#[tokio::test]
async fn sets_that_are_lent_to_one_loop_have_equal_shares() {
    let s = sockets::<2>();
    let call = async {
        let mut one = Pending::from_iter([s[0].drain()]);
        let mut two = Pending::from_iter([s[1].drain()]);
        as_completed!(for () in (..&mut one, ..&mut two) {});
    };
    assert_equal_shares("two", &s, call).await;

    let s = sockets::<3>();
    let call = async {
        let mut one = Pending::from_iter([s[0].drain()]);
        let mut two = Pending::from_iter([s[1].drain()]);
        as_completed!(for () in (..&mut one, s[2].drain(), ..&mut two) {});
    };
    assert!(!turns(40, call).await);
    let shares = [0, 1, 2].map(|n| s[n].read() / BUDGET);
    assert_eq!(shares.iter().sum::<usize>(), 40);
    assert!(shares.iter().all(|&share| share >= 10), "{shares:?}");
}

/// Neither does the body keep the set from going on, nor the set the body.
#[tokio::test]
async fn a_body_and_the_set_of_its_loop_have_equal_shares() {
    let s = sockets::<2>();
    let call = async {
        let first = async {};
        let all: [Boxed<'_>; 2] = [Box::pin(first), Box::pin(s[0].drain())];
        as_completed!(for () in ..all {
            s[1].drain().await;
        });
    };
    assert_equal_shares("loop", &s, call).await;

    let s = sockets::<2>();
    let call = async {
        as_completed! {
            () = async {} => s[1].drain().await,
            () = s[0].drain() => {}
        }
    };
    assert_equal_shares("arms", &s, call).await;

    let s = sockets::<2>();
    let call = async {
        let mut set = Pending::from_iter([s[0].drain()]);
        set.drive(s[1].drain()).await;
    };
    assert_equal_shares("drive", &s, call).await;

    let s = sockets::<2>();
    let all: [Boxed<'_>; 2] = [Box::pin(async {}), Box::pin(s[0].drain())];
    let call = as_completed!(..all).for_each(async |()| s[1].drain().await);
    assert_equal_shares("for_each", &s, call).await;
}

/// A body of many short awaits, each of which is ready at once until the budget is spent.
#[tokio::test]
async fn a_body_of_short_awaits_lets_the_set_go_on() {
    let s = sockets::<2>();
    let call = async {
        let all: [Boxed<'_>; 2] = [Box::pin(async {}), Box::pin(s[0].drain_politely())];
        as_completed!(for () in ..all {
            loop {
                s[1].take(1).await;
            }
        });
    };
    assert!(!turns(20, call).await);
    assert!(
        s[0].read() >= 9 && s[1].read() >= 10 * BUDGET,
        "{} {}",
        s[0].read(),
        s[1].read()
    );
}

/// The set of an outer loop goes on while an inner loop waits for a busy one.
#[tokio::test]
async fn an_inner_loop_does_not_starve_the_set_of_the_outer_one() {
    let s = sockets::<2>();
    let call = async {
        let all: [Boxed<'_>; 2] = [Box::pin(async {}), Box::pin(s[0].drain())];
        as_completed!(for () in ..all {
            as_completed!(for () in ..[s[1].drain()] {});
        });
    };
    assert_equal_shares("inner", &s, call).await;
}
