//! Spreads of pairs: each result keeps its key.

#![allow(
    clippy::type_complexity,
    reason = "the tests name the types of outputs"
)]

use std::{
    collections::HashMap,
    error::Error,
    future::{Ready, pending, ready},
    task::Poll,
};

use rejoin::{At, Keyed, Pending, TimedOut, TooFew, gather, keyed, wait};
use rejoin_tests::{AppError, Driver, Log, after, holding, leaf, ms};
use tokio::time::Instant;

/// A key that logs when it is dropped, and is not `Clone`.
fn key(log: &Log, name: &str) -> rejoin_tests::OnDrop {
    log.on_drop(name)
}

#[tokio::test(start_paused = true)]
async fn results_keep_their_keys() {
    let start = Instant::now();
    let texts = ["aaa", "b", "cc"];
    let lengths = gather!(..texts.iter().map(|text| (*text, after(10, text.len())))).await;
    let _: &Vec<(&str, usize)> = &lengths;
    assert_eq!(lengths, [("aaa", 3), ("b", 1), ("cc", 2)]);
    assert_eq!(start.elapsed(), ms(10));
}

#[tokio::test(start_paused = true)]
async fn an_array_of_pairs_gives_an_array() {
    let squares = gather!(..[(2, after(20, 4)), (3, after(10, 9))]).await;
    let _: [(i32, i32); 2] = squares;
    assert_eq!(squares, [(2, 4), (3, 9)]);
}

#[tokio::test(start_paused = true)]
async fn maps_and_enumerated_futures_are_pairs() {
    let ages = HashMap::from([("ann", after(10, 31)), ("bob", after(5, 27))]);
    let ages: HashMap<&str, u32> = gather!(..ages).await.into_iter().collect();
    assert_eq!(ages, HashMap::from([("ann", 31), ("bob", 27)]));

    let futures = vec![after(10, 'a'), after(5, 'b')];
    let all = gather!(..futures.into_iter().enumerate(), limit = 1).await;
    assert_eq!(all, [(0, 'a'), (1, 'b')]);

    let mut borrowed = HashMap::from([("one", ready(1))]);
    assert_eq!(gather!(..&mut borrowed).await, [(&"one", 1)]);
}

#[tokio::test(start_paused = true)]
async fn pairs_stand_beside_other_branches() {
    let (a, pairs, c) = gather!(ready('a'), ..[('x', ready(1))], keyed('k', ready(2))).await;
    assert_eq!((a, pairs, c), ('a', [('x', 1)], ('k', 2)));
    let nothing: [(u8, Ready<u8>); 0] = [];
    assert_eq!(gather!(..nothing).await, []);
}

#[tokio::test(start_paused = true)]
async fn the_first_error_has_the_key_of_its_branch() {
    let start = Instant::now();
    let log = Log::default();
    let slow = holding(log.on_drop("future"), after(50, Ok(1)));
    let fast = holding(log.on_drop("failed"), after(10, Err("no")));
    let pairs: [(
        &str,
        std::pin::Pin<Box<dyn Future<Output = Result<u8, &str>>>>,
    ); 2] = [("slow", Box::pin(slow)), ("fast", Box::pin(fast))];
    let all = gather!(..pairs);
    let result: Result<[(&str, u8); 2], At<&str, &str>> = all.await;
    let error = result.unwrap_err();
    assert_eq!((error.key, error.error), ("fast", "no"));
    assert_eq!(start.elapsed(), ms(10));
    assert_eq!(log.take(), ["failed", "future"]);

    let all: Result<Vec<(u8, u8)>, At<u8, &str>> = gather!(..vec![(1, ready(Ok(2)))]).await;
    assert_eq!(all, Ok(vec![(1, 2)]));
}

#[tokio::test(start_paused = true)]
async fn an_error_drops_the_other_keys_with_their_futures() {
    let log = Log::default();
    let (hand, failing) = leaf::<Result<u8, u8>>();
    let (_rest, other) = leaf::<Result<u8, u8>>();
    let (done, first) = leaf::<Result<u8, u8>>();
    let pairs = vec![
        (key(&log, "done"), first),
        (key(&log, "other"), other),
        (key(&log, "failing"), failing),
    ];
    let mut all = Driver::new(gather!(..pairs));
    done.give(Ok(1));
    assert!(all.poll().is_pending());
    assert!(log.take().is_empty());
    hand.give(Err(7));
    let Poll::Ready(Err(error)) = all.poll() else {
        panic!("it should have failed")
    };
    assert_eq!(log.take(), ["other", "done"]);
    assert_eq!(error.error, 7);
    drop(error);
    assert_eq!(log.take(), ["failing"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_type_drops_the_key() {
    let pairs = || [("x", ready(Ok(1))), ("y", ready(Err(3_u8)))];
    let result: Result<[(&str, i32); 2], AppError> = gather!(<AppError> ..pairs()).await;
    assert_eq!(result, Err(AppError::Failed(3)));

    let result: Result<_, AppError> = gather!(<AppError> ..[("x", ready(5))], ready(6)).await;
    assert_eq!(result, Ok(([("x", 5)], 6)));

    let late = gather!(<AppError> ..[("x", pending::<u8>())], timeout = 5ms).await;
    assert_eq!(late, Err(AppError::Late(ms(5))));

    // An error that has the type already.
    let result = gather!(<AppError> ..[("x", ready(Err::<u8, _>(AppError::Failed(1))))]).await;
    assert_eq!(result, Err(AppError::Failed(1)));

    let result = gather!(<AppError> keyed("x", ready(Err::<u8, u8>(4)))).await;
    assert_eq!(result, Err(AppError::Failed(4)));
}

#[tokio::test(start_paused = true)]
async fn each_timeout_wraps_the_result_inside_of_the_pair() {
    let start = Instant::now();
    let pairs = vec![("fast", after(5, 1)), ("slow", after(500, 2))];
    let all = gather!(..pairs, each_timeout = 10ms).await;
    let [("fast", Ok(1)), ("slow", Err(late))] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(late.after(), ms(10));
    assert_eq!(start.elapsed(), ms(10));

    // A `Result` branch, which does not make the call fallible then.
    let pairs = [(1, after(5, Err::<u8, _>("no")))];
    let all: [(i32, Result<Result<u8, &str>, TimedOut>); 1] =
        gather!(..pairs, each_timeout = 10ms).await;
    assert_eq!(all, [(1, Ok(Err("no")))]);

    // One branch.
    let (slow, plain) = gather!(
        keyed("slow", pending::<u8>()),
        ready(3),
        each_timeout = 10ms
    )
    .await;
    assert_eq!(slow.0, "slow");
    assert_eq!(slow.1.unwrap_err().after(), ms(10));
    assert_eq!(plain, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn each_timeout_folds_into_an_error_type_without_the_key() {
    let pairs = [
        ("fast", after(5, Ok::<_, u8>(1))),
        ("slow", after(500, Ok(2))),
    ];
    let all: Result<[(&str, i32); 2], AppError> =
        gather!(<AppError> ..pairs, each_timeout = 10ms).await;
    assert_eq!(all, Err(AppError::Late(ms(10))));

    let pairs = vec![
        ("fast", after(5, Ok::<_, u8>(1))),
        ("slow", after(500, Ok(2))),
    ];
    let all: Vec<(&str, Result<i32, AppError>)> = gather!(
        ..pairs,
        error = AppError,
        each_timeout = 10ms,
        return_exceptions = true
    )
    .await;
    assert_eq!(
        all,
        [("fast", Ok(1)), ("slow", Err(AppError::Late(ms(10))))]
    );
}

#[tokio::test(start_paused = true)]
async fn return_exceptions_gives_results_inside_of_the_pairs() {
    let pairs = [("x", ready(Ok(1))), ("y", ready(Err("no")))];
    let all: [(&str, Result<i32, &str>); 2] = gather!(..pairs, return_exceptions = true).await;
    assert_eq!(all, [("x", Ok(1)), ("y", Err("no"))]);

    let all = gather!(
        keyed(1, ready(Err::<u8, _>("no"))),
        return_exceptions = true
    )
    .await;
    assert_eq!(all, ((1, Err("no")),));
}

#[tokio::test(start_paused = true)]
async fn partial_keeps_the_keys_of_those_that_are_late() {
    let start = Instant::now();
    let pairs = vec![
        ("a", after(50, 1)),
        ("b", after(5, 2)),
        ("c", after(60, 3)),
        ("d", after(7, 4)),
    ];
    let all: Vec<(&str, Option<i32>)> = gather!(..pairs, timeout = 10ms, partial = true).await;
    assert_eq!(
        all,
        [("a", None), ("b", Some(2)), ("c", None), ("d", Some(4))]
    );
    assert_eq!(start.elapsed(), ms(10));

    let (slow, fast) = gather!(
        keyed("slow", after(50, 1)),
        keyed("fast", after(5, 2)),
        timeout = 10ms,
        partial = true
    )
    .await;
    assert_eq!((slow, fast), (("slow", None), ("fast", Some(2))));
}

#[tokio::test(start_paused = true)]
async fn partial_goes_with_limit_and_with_timeouts_of_branches() {
    // Two slots that are used again, so that the order of the slots is not that of the keys.
    let times = [30, 5, 5, 40, 50, 60];
    let pairs = times.map(|time| (time, after(time, time + 1)));
    let all: [(u64, Option<u64>); 6] =
        gather!(..pairs, limit = 2, timeout = 20ms, partial = true).await;
    let expected = [
        (30, None),
        (5, Some(6)),
        (5, Some(6)),
        (40, None),
        (50, None),
        (60, None),
    ];
    assert_eq!(all, expected);

    // A vector is as long as what was taken.
    let pairs = times.map(|time| (time, after(time, time + 1)));
    let all = gather!(
        ..pairs.into_iter(),
        limit = 2,
        timeout = 20ms,
        partial = true
    )
    .await;
    assert_eq!(all, expected[..4]);

    let pairs = vec![(1, after(5, 1)), (2, after(15, 2)), (3, after(500, 3))];
    let all = gather!(..pairs, each_timeout = 10ms, timeout = 12ms, partial = true).await;
    let [(1, Some(Ok(1))), (2, Some(Err(_))), (3, Some(Err(_)))] = &all[..] else {
        panic!("{all:?}")
    };

    let pairs = vec![(1, after(5, 1)), (2, after(15, 2))];
    let all = gather!(..pairs, each_timeout = 13ms, timeout = 12ms, partial = true).await;
    assert_eq!(all, [(1, Some(Ok(1))), (2, None)]);
}

#[tokio::test(start_paused = true)]
async fn partial_of_a_fallible_call_fails_with_the_key() {
    let pairs = || vec![("a", after(50, Ok(1))), ("b", after(5, Ok(2)))];
    let all: Result<Vec<(&str, Option<i32>)>, At<&str, u8>> =
        gather!(..pairs(), timeout = 10ms, partial = true).await;
    assert_eq!(all, Ok(vec![("a", None), ("b", Some(2))]));

    let pairs = vec![("a", after(50, Ok(1))), ("b", after(5, Err(9)))];
    let all = gather!(..pairs, timeout = 10ms, partial = true).await;
    assert_eq!(all, Err(At { key: "b", error: 9 }));

    let pairs = vec![("a", after(50, Ok(1))), ("b", after(5, Err("no")))];
    let all: Vec<(&str, Option<Result<i32, &str>>)> = gather!(
        ..pairs,
        timeout = 10ms,
        partial = true,
        return_exceptions = true
    )
    .await;
    assert_eq!(all, [("a", None), ("b", Some(Err("no")))]);

    let pairs = vec![("a", after(50, Ok(1))), ("b", after(5, Err(3_u8)))];
    let all: Result<Vec<(&str, Option<i32>)>, AppError> =
        gather!(<AppError> ..pairs, timeout = 10ms, partial = true).await;
    assert_eq!(all, Err(AppError::Failed(3)));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_of_the_call_stays_outside() {
    let pairs = vec![("a", after(50, 1))];
    let late: Result<Vec<(&str, i32)>, TimedOut> = gather!(..pairs, timeout = 10ms).await;
    assert_eq!(late.unwrap_err().after(), ms(10));

    let pairs = vec![("a", after(5, Err::<u8, _>("no")))];
    let all: Result<Result<Vec<(&str, u8)>, At<&str, &str>>, TimedOut> =
        gather!(..pairs, timeout = 10ms).await;
    assert_eq!(
        all,
        Ok(Err(At {
            key: "a",
            error: "no"
        }))
    );
}

#[tokio::test(start_paused = true)]
async fn keyed_is_the_same_for_one_branch() {
    let result: Result<((&str, u8), u8), At<&str, &str>> =
        gather!(keyed("a", ready(Ok(1))), ready(2)).await;
    assert_eq!(result, Ok((("a", 1), 2)));
    let result = gather!(
        keyed("a", ready(Ok::<u8, _>(1))),
        keyed("b", ready(Err::<u8, _>("no")))
    )
    .await;
    let error: At<&str, &str> = result.unwrap_err();
    assert_eq!(error.to_string(), "\"b\": no");

    // A branch that never returns.
    let mut open = Driver::new(gather!(keyed("a", pending()), ready(1)));
    assert!(open.poll().is_pending());
}

#[tokio::test(start_paused = true)]
async fn a_set_of_keyed_futures_is_known_by_its_type() {
    let futures = || vec![keyed("a", ready(Ok(1))), keyed("b", ready(Err("no")))];
    let error: At<&str, &str> = gather!(..futures()).await.unwrap_err();
    assert_eq!(error.key, "b");

    let pending: Pending<Keyed<&str, Ready<Result<i32, &str>>>> = futures().into_iter().collect();
    let error: At<&str, &str> = gather!(..pending).await.unwrap_err();
    assert_eq!(error.key, "b");

    let pending: Pending<_> = futures().into_iter().collect();
    let result = gather!(..pending, return_exceptions = true).await;
    assert_eq!(result, [("a", Ok(1)), ("b", Err("no"))]);

    let pending: Pending<_> = [keyed('k', ready(Err::<u8, _>(5_u8)))]
        .into_iter()
        .collect();
    let result = gather!(<AppError> ..pending).await;
    assert_eq!(result, Err(AppError::Failed(5)));

    // In a box it is a branch like any other.
    let boxed = futures().into_iter().map(Box::pin);
    let plain = gather!(..boxed).await;
    assert_eq!(plain, [("a", Ok(1)), ("b", Err("no"))]);

    let all = gather!(
        ..vec![keyed("a", after(50, 1)), keyed("b", after(5, 2))],
        timeout = 10ms,
        partial = true
    )
    .await;
    assert_eq!(all, [("a", None), ("b", Some(2))]);
    let all = gather!(
        ..[keyed("a", after(50, 1)), keyed("b", after(5, 2))],
        each_timeout = 10ms
    )
    .await;
    assert!(matches!(all, [("a", Err(_)), ("b", Ok(2))]));
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_wait_keeps_its_keys() {
    let pairs = [(1, after(5, Ok(1))), (2, after(10, Err("no")))];
    let (done, pending) = wait!(..pairs, return_when = FIRST_COMPLETED).await;
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [(1, Ok(1))]);
    let error = gather!(..pending).await.unwrap_err();
    assert_eq!(
        error,
        At {
            key: 2,
            error: "no"
        }
    );

    // Of unlike futures, too.
    let (_, pending) = wait!(
        ..[(1, after(5, Ok(1)))],
        ..[(2, ready(Err("no")))],
        return_when = COMPLETED(0)
    )
    .await;
    assert_eq!(
        gather!(..pending).await,
        Err(At {
            key: 2,
            error: "no"
        })
    );
}

#[test]
fn a_key_is_dropped_with_its_future() {
    let log = Log::default();
    let (hand, future) = leaf::<u8>();
    let mut all = Driver::new(gather!(
        ..vec![(key(&log, "key"), holding(log.on_drop("future"), future))]
    ));
    assert!(all.poll().is_pending());
    hand.give(3);
    let Poll::Ready(results) = all.poll() else {
        panic!("it is ready")
    };
    assert_eq!(log.take(), ["future"]);
    assert_eq!(results[0].1, 3);
    drop(results);
    assert_eq!(log.take(), ["key"]);

    let dropped = gather!(..[(key(&log, "key"), pending::<()>())]);
    drop(dropped);
    assert_eq!(log.take(), ["key"]);
}

#[test]
fn futures_of_calls_with_keys_can_be_sent() {
    async fn fetch(url: &str) -> Result<usize, u8> {
        tokio::task::yield_now().await;
        Ok(url.len())
    }
    fn check<T: Send>(_: T) {}
    check(async {
        let urls = [String::new()];
        let _all = gather!(..urls.iter().map(|url| (url, fetch(url)))).await;
        let _all = gather!(<AppError> ..urls.iter().map(|url| (url, fetch(url))), limit = 2).await;
        let _all = gather!(
            ..urls.iter().map(|url| (url.as_str(), fetch(url))),
            keyed(1, fetch("a")),
            each_timeout = 1s,
            timeout = 2s,
            partial = true
        )
        .await;
        let _all = wait!(..urls.iter().map(|url| (url, fetch(url)))).await;
        rejoin::as_completed!(
            for (url, size) in ..urls.iter().map(|url| (url, fetch(url))) {
                tokio::task::yield_now().await;
                assert!(size.is_ok(), "{url}");
            },
            limit = 2
        );
        rejoin::as_completed! {
            (url, size) in ..urls.iter().map(|url| (url, fetch(url))) => {
                tokio::task::yield_now().await;
                assert!(size.is_ok(), "{url}");
            }
            _ = keyed(1, fetch("a")) => {}
            each_timeout = 1s
        }
    });
}

#[test]
fn an_error_with_a_key_is_an_error() {
    let error = At {
        key: String::from("x"),
        error: "x".parse::<u8>().unwrap_err(),
    };
    assert_eq!(error.to_string(), "\"x\": invalid digit found in string");
    assert_eq!(
        format!("{error:?}"),
        "At { key: \"x\", error: ParseIntError { kind: InvalidDigit } }"
    );
    assert_eq!(error.clone(), error);
    assert!(
        error
            .source()
            .expect("the error")
            .is::<std::num::ParseIntError>()
    );
    let boxed: Box<dyn Error + Send + Sync> = error.into();
    assert!(boxed.is::<At<String, std::num::ParseIntError>>());
}

// ---- with `need` ------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn successes_keep_their_keys() {
    let start = Instant::now();
    let pairs = || {
        [
            ("a", after(30, Ok(1))),
            ("b", after(10, Err("no"))),
            ("c", after(20, Ok(3))),
        ]
    };
    let first: Result<(&str, u8), TooFew<At<&str, &str>>> = gather!(..pairs(), need = 1).await;
    assert_eq!(first, Ok(("c", 3)));
    assert_eq!(start.elapsed(), ms(20));
    let both = gather!(..pairs(), need = 2).await;
    assert_eq!(both, Ok([("a", 1), ("c", 3)]));
    assert_eq!(start.elapsed(), ms(50));

    let error = gather!(..pairs(), need = 3).await.unwrap_err();
    assert_eq!(
        error.errors(),
        [At {
            key: "b",
            error: "no"
        }]
    );
    assert_eq!(
        error.to_string(),
        "0 of 3 needed successes; 1 failure:\n\"b\": no"
    );
    assert_eq!(start.elapsed(), ms(60));
}

#[tokio::test(start_paused = true)]
async fn keyed_branches_and_sets_with_need() {
    let one = gather!(
        keyed("a", after(10, Err::<u8, _>("no"))),
        keyed("b", after(20, Ok(2))),
        ..vec![keyed("c", after(30, Ok(3)))],
        need = 1
    )
    .await;
    assert_eq!(one, Ok(("b", 2)));

    let set: Pending<_> = [(1, 30), (2, 10)]
        .map(|(key, delay)| keyed(key, after(delay, Ok::<_, u8>(key))))
        .into_iter()
        .collect();
    assert_eq!(gather!(..set, need = 1).await, Ok((2, 2)));
    let set: Pending<_> = [keyed(1, after(5, Err::<u8, _>(7_u8)))]
        .into_iter()
        .collect();
    let error = gather!(..set, need = 1).await.unwrap_err();
    assert_eq!(error.into_errors(), [At { key: 1, error: 7 }]);
}

/// An error type for the errors of branches and of a call with `need`.
#[derive(Debug, PartialEq)]
enum NeedError {
    Failed(u8),
    Late(TimedOut),
    TooFew(Vec<Self>),
}

impl From<u8> for NeedError {
    fn from(code: u8) -> Self {
        Self::Failed(code)
    }
}

impl From<TimedOut> for NeedError {
    fn from(late: TimedOut) -> Self {
        Self::Late(late)
    }
}

impl From<TooFew<Self>> for NeedError {
    fn from(error: TooFew<Self>) -> Self {
        Self::TooFew(error.into_errors())
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_type_drops_the_keys_of_errors_with_need() {
    let pairs = || {
        vec![
            ("a", after(10, Err(4_u8))),
            ("b", after(20, Ok(2))),
            ("c", after(500, Ok(3))),
        ]
    };
    let one: Result<(&str, i32), NeedError> = gather!(<NeedError> ..pairs(), need = 1).await;
    assert_eq!(one, Ok(("b", 2)));
    let error = gather!(
        ..pairs(),
        keyed("d", after(5, Err::<i32, u8>(6))),
        need = 3,
        error = NeedError,
        each_timeout = 30ms
    )
    .await
    .unwrap_err();
    assert_eq!(
        error,
        NeedError::TooFew(vec![NeedError::Failed(6), NeedError::Failed(4)])
    );
    let set: Pending<_> = [keyed(1, after(5, Err::<u8, _>(7_u8)))]
        .into_iter()
        .collect();
    let error = gather!(<NeedError> ..set, need = 1).await.unwrap_err();
    assert_eq!(error, NeedError::TooFew(vec![NeedError::Failed(7)]));
    // A plain branch with a key is a success.
    let one = gather!(<NeedError> keyed('k', after(5, 8)), need = 1).await;
    assert_eq!(one, Ok(('k', 8)));
}
