//! What `gather!` gives: output types, values and errors, for each form of the call.

#![allow(
    clippy::unused_async,
    reason = "a branch may be an async function that awaits nothing"
)]

use std::{
    cell::Cell,
    convert::Infallible,
    fmt,
    future::{Future, pending, ready},
    io,
    marker::PhantomData,
    num::ParseIntError,
    sync::Mutex,
    task::Poll,
    time::Duration,
};

use rejoin::{TimedOut, gather};
use rejoin_tests::{Driver, leaf, leaves};
use tokio::time::{Instant, sleep};

/// Names the output type of a future.
fn gives<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    future
}

async fn after<T>(milliseconds: u64, value: T) -> T {
    sleep(Duration::from_millis(milliseconds)).await;
    value
}

#[derive(Debug, PartialEq)]
enum AppError {
    Parse(ParseIntError),
    Io,
    Late(Duration),
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl From<ParseIntError> for AppError {
    fn from(error: ParseIntError) -> Self {
        Self::Parse(error)
    }
}

impl From<io::Error> for AppError {
    fn from(_: io::Error) -> Self {
        Self::Io
    }
}

impl From<TimedOut> for AppError {
    fn from(late: TimedOut) -> Self {
        Self::Late(late.after())
    }
}

async fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

async fn read() -> io::Result<char> {
    Ok('r')
}

fn bad() -> ParseIntError {
    "x".parse::<u32>().unwrap_err()
}

#[tokio::test]
async fn nothing_and_one() {
    gives::<()>(gather!()).await;
    assert_eq!(gives::<(u8,)>(gather!(ready(1))).await, (1,));
    assert!(
        gives::<Vec<u8>>(gather!(..Vec::<std::future::Ready<u8>>::new()))
            .await
            .is_empty()
    );
    assert_eq!(
        gives::<[u8; 0]>(gather!(..[0u8; 0].map(ready))).await,
        [0u8; 0]
    );
}

#[tokio::test(start_paused = true)]
async fn tuples_vectors_arrays_and_mixtures() {
    let tuple = gives::<(u8, &str, char)>(gather!(after(30, 1), after(10, "a"), after(20, 'c')));
    assert_eq!(tuple.await, (1, "a", 'c'));

    let vector = gives::<Vec<u64>>(gather!(..(0..5).map(|n| after(10 - n, n))));
    assert_eq!(vector.await, [0, 1, 2, 3, 4]);

    let array = gives::<[u8; 3]>(gather!(..[after(3, 1), after(2, 2), after(1, 3)]));
    assert_eq!(array.await, [1, 2, 3]);

    let mixed = gives::<(char, Vec<u8>, &str, [u8; 2])>(gather!(
        after(5, 'a'),
        ..vec![after(1, 1), after(2, 2)],
        after(0, "b"),
        ..[ready(8), ready(9)],
    ));
    assert_eq!(mixed.await, ('a', vec![1, 2], "b", [8, 9]));

    let two = gives::<(Vec<u8>, Vec<u8>)>(gather!(..vec![after(1, 1)], ..vec![after(2, 2)]));
    assert_eq!(two.await, (vec![1], vec![2]));
}

#[tokio::test]
async fn a_branch_is_anything_that_becomes_a_future() {
    struct Later(u8);

    impl IntoFuture for Later {
        type Output = u8;
        type IntoFuture = std::future::Ready<u8>;

        fn into_future(self) -> Self::IntoFuture {
            ready(self.0)
        }
    }

    assert_eq!(gather!(Later(1), Later(2)).await, (1, 2));
    assert_eq!(gather!(..vec![Later(1), Later(2)]).await, [1, 2]);
    assert_eq!(gather!(..[Later(1)]).await, [1]);
    let mut futures = [Box::pin(ready(1)), Box::pin(ready(2))];
    assert_eq!(gather!(..&mut futures).await, [1, 2]);
    let boxed: Vec<std::pin::Pin<Box<dyn Future<Output = u8> + Send>>> =
        vec![Box::pin(ready(1)), Box::pin(async { 2 })];
    assert_eq!(gather!(..boxed).await, [1, 2]);
}

/// Gathers 256 times the same call.
macro_rules! gather_256 {
    ($call:expr) => { gather_256!(@16 $call, $call, $call, $call, $call, $call, $call, $call,
        $call, $call, $call, $call, $call, $call, $call, $call) };
    (@16 $($call:expr),*) => { gather_256!(@256 $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)*
        $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)* $($call,)*) };
    (@256 $($call:expr,)*) => { gather!($($call),*) };
}

#[test]
fn two_hundred_and_fifty_six_branches() {
    let (hands, branches) = leaves::<usize>(256);
    let mut branches = branches.into_iter();
    let mut next = || branches.next().expect("there are as many");
    let mut gather = Driver::new(gather_256!(next()));
    assert!(gather.poll().is_pending());
    // Two branches that are woken at once are in different groups of 64.
    hands[3].give(3);
    hands[255].give(255);
    assert!(gather.poll().is_pending());
    for n in (1..255).rev().filter(|&n| n != 3) {
        hands[n].give(n);
        assert!(gather.poll().is_pending());
    }
    hands[0].give(0);
    let Poll::Ready(all) = gather.poll() else {
        panic!("all are done")
    };
    assert_eq!(
        (all.0, all.1, all.127, all.128, all.254, all.255),
        (0, 1, 127, 128, 254, 255)
    );
    assert_eq!(size_of_val(&all), 256 * size_of::<usize>());
    assert!(hands.iter().all(|hand| hand.polls() == 2));
}

#[tokio::test(start_paused = true)]
async fn it_is_a_value() {
    let start = Instant::now();
    let inner = gather!(after(10, 1), after(20, 2));
    let other = gather!(..vec![after(30, 3)]);
    let stored: Vec<std::pin::Pin<Box<dyn Future<Output = u8>>>> = vec![
        Box::pin(async move { gather!(inner, other, after(5, ())).await.0.1 }),
        Box::pin(ready(7)),
    ];
    assert_eq!(
        start.elapsed(),
        Duration::ZERO,
        "nothing runs before it is polled"
    );
    assert_eq!(gather!(..stored).await, [2, 7]);
    assert_eq!(start.elapsed(), Duration::from_millis(30));
}

#[test]
fn arguments_are_evaluated_once_in_order_at_the_call() {
    let log = rejoin_tests::Log::default();
    let say = |word: &'static str| log.add(word);
    let future = gather!(
        {
            say("a");
            async { say("polled") }
        },
        ..{
            say("b");
            (0..2).map(|n| {
                say(["drawn 0", "drawn 1"][n]);
                ready(n)
            })
        },
        timeout = {
            say("timeout");
            Duration::from_secs(1)
        },
    );
    assert_eq!(log.take(), ["a", "b", "timeout", "drawn 0", "drawn 1"]);
    drop(future);
    let future = gather!(
        ..{
            say("a");
            (0..2).map(|n| {
                say(["drawn 0", "drawn 1"][n]);
                ready(n)
            })
        },
        limit = {
            say("limit");
            1
        },
    );
    assert_eq!(
        log.take(),
        ["a", "limit"],
        "with a limit, drawn when polled"
    );
    assert!(Driver::new(future).run().is_ready());
    assert_eq!(log.take(), ["drawn 0", "drawn 1"]);
}

#[tokio::test]
async fn results_make_it_fallible() {
    let all = gives::<Result<(u32, char, u32), ParseIntError>>(gather!(
        parse("1"),
        ready('b'),
        parse("3")
    ));
    assert_eq!(all.await, Ok((1, 'b', 3)));
    let one = gives::<Result<(u32, char), ParseIntError>>(gather!(parse("x"), ready('b')));
    assert_eq!(one.await, Err(bad()));
    let vector = gives::<Result<Vec<u32>, ParseIntError>>(gather!(
        ..["1", "2"].iter().map(|text| parse(text))
    ));
    assert_eq!(vector.await, Ok(vec![1, 2]));
    let array = gives::<Result<[u32; 2], ParseIntError>>(gather!(..[parse("1"), parse("y")]));
    assert_eq!(array.await, Err(bad()));
    let mixed = gives::<Result<(char, Vec<u32>, [u8; 1]), ParseIntError>>(gather!(
        ready('a'),
        ..vec![parse("1")],
        ..[ready(1)],
    ));
    assert_eq!(mixed.await, Ok(('a', vec![1], [1])));
    let nested = gives::<Result<(u32, u32), ParseIntError>>(async {
        let ((a,), b) = gather!(gather!(parse("1")), parse("2")).await?;
        Ok((a, b))
    });
    assert_eq!(nested.await, Ok((1, 2)));
}

#[tokio::test(start_paused = true)]
async fn the_first_error_to_happen_ends_it() {
    let start = Instant::now();
    let result = gather!(
        after(30, Err::<(), _>("late")),
        after(10, Err::<(), _>("early")),
        pending::<()>(),
    );
    assert_eq!(result.await, Err("early"));
    assert_eq!(start.elapsed(), Duration::from_millis(10));
    for size in [31, 1_000] {
        let futures = (0..size).map(|n| async move {
            match n {
                3 => Err(n),
                _ => pending().await,
            }
        });
        let mut gather = Driver::new(gather!(..futures));
        assert_eq!(
            gather.poll(),
            Poll::Ready(Err::<Vec<()>, _>(3)),
            "in that poll, at any size"
        );
    }
}

#[test]
fn of_two_errors_in_a_poll_the_lower_position_counts() {
    for (low, high) in [(0, 4), (1, 2), (2, 4)] {
        let (hands, branches) = leaves::<Result<(), usize>>(5);
        let mut gather = Driver::new(gather!(..branches));
        assert!(gather.poll().is_pending());
        hands[high].give(Err(high));
        hands[low].give(Err(low));
        assert_eq!(gather.poll(), Poll::Ready(Err(low)));

        let (hands, branches) = leaves::<Result<(), usize>>(5);
        let mut branches = branches.into_iter();
        let mut next = || branches.next().expect("there are five");
        let mut gather = Driver::new(gather!(next(), next(), ..[next(), next()], next()));
        assert!(gather.poll().is_pending());
        hands[high].give(Err(high));
        hands[low].give(Err(low));
        assert_eq!(gather.poll(), Poll::Ready(Err(low)));
    }
    // Under a limit slots are used again: the position counts, not the slot.
    let (hands, branches) = leaves::<Result<(), usize>>(6);
    let mut gather = Driver::new(gather!(..branches, limit = 3));
    assert!(gather.poll().is_pending());
    hands[0].give(Ok(()));
    assert!(gather.run().is_pending());
    hands[3].give(Err(3));
    hands[1].give(Err(1));
    assert_eq!(gather.poll(), Poll::Ready(Err(1)));
}

#[tokio::test]
async fn a_named_error_type_takes_every_branch() {
    let all = gives::<Result<(u32, char, u8), AppError>>(
        gather!(<AppError> parse("1"), read(), ready(3)),
    );
    assert_eq!(all.await, Ok((1, 'r', 3)));
    let failed = gather!(parse("x"), read(), error = AppError);
    assert_eq!(failed.await, Err(AppError::Parse(bad())));
    let plain = gives::<Result<(u8,), AppError>>(gather!(ready(1), error = AppError));
    assert_eq!(plain.await, Ok((1,)));
    gives::<Result<(), AppError>>(gather!(<AppError>))
        .await
        .expect("nothing fails");
    let spread = gives::<Result<(Vec<u32>, [char; 1]), AppError>>(gather!(
        ..["1", "2"].map(parse).into_iter(),
        ..[read()],
        error = AppError
    ));
    assert_eq!(spread.await, Ok((vec![1, 2], ['r'])));
    let open = gather!(<AppError> async { Ok(1u8) }, async { Err(AppError::Io)?; Ok(()) });
    assert_eq!(
        open.await,
        Err(AppError::Io),
        "an error type that is open becomes the named one"
    );
}

#[tokio::test]
async fn an_output_that_is_never_given_is_plain() {
    let never = gather!(
        async {
            loop {
                pending::<()>().await;
            }
        },
        async { Err::<(), _>(1) }
    );
    let result: Result<(Infallible, ()), i32> = never.await;
    assert_eq!(result, Err(1));
}

#[tokio::test(start_paused = true)]
async fn return_exceptions_gives_every_outcome() {
    let all = gives::<(Result<u32, ParseIntError>, char, io::Result<char>)>(gather!(
        after(5, parse("x").await),
        ready('b'),
        read(),
        return_exceptions = true,
    ));
    let (a, b, c) = all.await;
    assert_eq!((a, b, c.ok()), (Err(bad()), 'b', Some('r')));
    let named = gives::<(Result<u32, AppError>, Result<char, AppError>)>(gather!(
        <AppError, return_exceptions = true> parse("x"), ready('b')
    ));
    assert_eq!(named.await, (Err(AppError::Parse(bad())), Ok('b')));
    let spread = gives::<Vec<Result<u32, ParseIntError>>>(gather!(
        ..["1", "x"].map(parse).into_iter(),
        return_exceptions = true
    ));
    assert_eq!(spread.await, [Ok(1), Err(bad())]);
    let fails =
        gives::<Result<(u32,), ParseIntError>>(gather!(parse("x"), return_exceptions = false));
    assert_eq!(fails.await, Err(bad()));
}

#[tokio::test(start_paused = true)]
async fn options_in_the_header_are_the_same() {
    let start = Instant::now();
    let late = gather!(<timeout = 20ms> pending::<()>(), ready(1)).await;
    assert_eq!(
        late.expect_err("it never ends").after(),
        Duration::from_millis(20)
    );
    assert_eq!(start.elapsed(), Duration::from_millis(20));
    let two = gather!(<limit = { if 2 > 1 { 1 } else { 2 } }> after(10, 1), after(10, 2)).await;
    assert_eq!(two, (1, 2));
    assert_eq!(start.elapsed(), Duration::from_millis(40));
    let none = gather!(<> <std::future::Ready<u8> as Clone>::clone(&ready(1))).await;
    assert_eq!(none, (1,));
    let after: Result<_, AppError> =
        gather!(<AppError, timeout = Vec::<Duration>::new().pop().unwrap_or_default(),> pending::<()>()).await;
    assert_eq!(after, Err(AppError::Late(Duration::ZERO)));
}

#[tokio::test]
async fn it_runs_on_any_executor() {
    let (hand, branch) = leaf::<u8>();
    let thread = std::thread::spawn(move || {
        futures::executor::block_on(gather!(branch, ready(2), ready(3), ready(4)))
    });
    while hand.waker().is_none() {
        std::thread::yield_now();
    }
    hand.give(1);
    assert_eq!(thread.join().expect("it does not panic"), (1, 2, 3, 4));
    let limited = gather!(..(0..10).map(ready), limit = 3);
    assert_eq!(futures::executor::block_on(limited).len(), 10);
}

/// Asks for the auto traits of a type, without an error where it has one not: an inherent method, where its bounds hold,
/// stands before a trait's.
struct Auto<T>(PhantomData<T>);

fn auto<T>(_: &T) -> Auto<T> {
    Auto(PhantomData)
}

impl<T: Send> Auto<T> {
    fn is_send(&self) -> bool {
        self.0 == PhantomData
    }
}

impl<T: Sync> Auto<T> {
    fn is_sync(&self) -> bool {
        self.0 == PhantomData
    }
}

impl<T: Unpin> Auto<T> {
    fn is_unpin(&self) -> bool {
        self.0 == PhantomData
    }
}

trait Not {
    fn is_send(&self) -> bool {
        false
    }

    fn is_sync(&self) -> bool {
        false
    }

    fn is_unpin(&self) -> bool {
        false
    }
}

impl<T> Not for &Auto<T> {}

#[test]
fn send_sync_and_unpin_follow_from_the_parts() {
    async fn local() {
        let local = std::rc::Rc::new(());
        pending::<()>().await;
        drop(local);
    }
    async fn borrowed(shared: &Mutex<Cell<u8>>) {
        shared.lock().expect("nobody panicked").set(1);
    }
    let shared = Mutex::default();
    macro_rules! table {
        ($($send:ident $sync:ident $unpin:ident $gather:expr;)*) => {$(
            let gather = $gather;
            assert_eq!((&auto(&gather)).is_send(), $send, "{}", stringify!($gather));
            assert_eq!((&auto(&gather)).is_sync(), $sync, "{}", stringify!($gather));
            assert_eq!((&auto(&gather)).is_unpin(), $unpin, "{}", stringify!($gather));
        )*};
    }
    table! {
        true true true gather!(ready(1), ready('b'));
        true true true gather!(ready(1), ready(2), ready(3), ready(4), limit = 2);
        true true true gather!(..[ready(1)]);
        true true false gather!(borrowed(&shared), borrowed(&shared));
        true true true gather!(..[borrowed(&shared)]);
        false false false gather!(ready(1), local());
        false false true gather!(..[local()]);
        true false true gather!(ready(Cell::new(1)), ready(2));
        true false true gather!(..[ready(Cell::new(1))]);
        true true false gather!(ready(1), timeout = 1s);
    }
}
