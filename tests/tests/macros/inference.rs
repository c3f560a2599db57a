//! What the compiler finds out by itself: types that another argument, the result or an error type determines.

use std::{
    convert::Infallible,
    future::{pending, ready},
};

use futures::channel::oneshot;
use rejoin::{Failures, Task, TimedOut, gather, spawn, task_group};

// ---- by other arguments -----------------------------------------------------------------------------------------

#[tokio::test]
async fn a_later_argument_determines_an_earlier_one() {
    let (sender, receiver) = oneshot::channel();
    let (numbers, ()) = gather!(receiver, async { sender.send(vec![1]).expect("it waits") })
        .await
        .expect("sent");
    assert_eq!(numbers, [1]);

    let mut numbers = Vec::new();
    let sum = gather!(ready(numbers.len()), {
        numbers.push(1_u8);
        ready(numbers)
    });
    assert_eq!(sum.await, (0, vec![1]));
}

#[tokio::test]
async fn a_later_argument_says_whether_an_earlier_one_can_fail() {
    fn same<T>(_: &[T], value: T) -> std::future::Ready<T> {
        ready(value)
    }

    let mut values = vec![];
    let first = same(&values, None);
    let gathered = gather!(first, {
        values.push(Some(1));
        ready(())
    });
    assert_eq!(gathered.await, (None, ()));

    let (sender, receiver) = oneshot::channel();
    let receiver = async { receiver.await.expect("sent") };
    let gathered = gather!(receiver, async { sender.send(Err::<u8, _>("a")).is_ok() });
    assert_eq!(gathered.await, Err("a"));
}

#[tokio::test]
async fn an_option_determines_an_argument() {
    let mut places = vec![];
    let gathered = gather!(
        ready(places.clone()),
        limit = {
            places.push('a');
            places.len()
        }
    );
    assert_eq!(gathered.await, (vec![],));
}

#[tokio::test]
async fn the_result_determines_an_argument() {
    let (number, text): (u8, Option<String>) = gather!(async { 1 }, ready(None)).await;
    assert_eq!((number, text), (1, None));
    let numbers: Vec<u64> = gather!(..[1, 2].map(ready), ready(())).await.0.into();
    assert_eq!(numbers, [1, 2]);
}

// ---- outputs that nothing determines ----------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn a_branch_that_never_returns_is_plain() {
    let forever = || async {
        loop {
            pending::<()>().await;
        }
    };
    let late = gather!(ready(1), forever(), timeout = 1s).await;
    assert!(late.is_err());
    let late = gather!(async { Err::<(), _>(1) }, forever()).await;
    assert_eq!(late.map(|_| ()), Err(1));
    let some = gather!(ready(1), forever(), timeout = 1s, partial = true).await;
    assert_eq!(some.0, Some(1));
    let late = gather!(<TimedOut> forever(), ready(1), timeout = 1s).await;
    assert!(late.is_err());
    let (late, one) = gather!(forever(), ready(1), each_timeout = 1s).await;
    assert!(late.is_err() && one.is_ok());
    let late = gather!(..[forever(), forever()], timeout = 1s).await;
    assert!(late.is_err());
    let late = gather!(..vec![forever()], ready(1), timeout = 1s).await;
    assert!(late.is_err());
}

#[tokio::test]
async fn a_branch_that_only_fails_determines_its_error() {
    let failed = gather!(ready(1), async { Err::<Infallible, _>("a") }).await;
    assert_eq!(failed.map(|_| ()), Err("a"));
}

#[tokio::test]
#[should_panic(expected = "never mind")]
async fn a_branch_that_panics_is_plain() {
    gather!(ready(1), async { panic!("never mind") }).await;
}

// ---- errors -----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn an_open_error_becomes_that_of_another_branch() {
    let both = gather!(async { Ok(1) }, async { Err::<u8, _>("a") }).await;
    assert_eq!(both, Err("a"));
    let both = gather!(async { Err::<u8, _>("a") }, ready(2), async { Ok(1) }).await;
    assert_eq!(both, Err("a"));
    let both = gather!(..[1, 2].map(|n| async move { Ok(n) }), async {
        Err::<u8, _>("a")
    })
    .await;
    assert_eq!(both, Err("a"));
    let four = gather!(async { Ok(1) }, async { Ok(2) }, async { Ok(3) }, async {
        Err::<u8, _>("a")
    })
    .await;
    assert_eq!(four, Err("a"));
}

#[tokio::test]
async fn an_open_error_becomes_what_the_result_is_used_as() {
    let both: Result<_, String> = gather!(async { Ok(1) }, ready(2)).await;
    assert_eq!(both, Ok((1, 2)));
}

#[tokio::test]
async fn an_open_error_becomes_the_named_type() {
    let named = gather!(<String> async { Ok(1) }, ready(2)).await;
    assert_eq!(named, Ok((1, 2)));
    let named = gather!(
        async {
            let number: u8 = "a".parse()?;
            Ok(number)
        },
        error = Box<dyn std::error::Error>,
    )
    .await;
    assert_eq!(
        named.unwrap_err().to_string(),
        "invalid digit found in string"
    );
    let named = gather!(<String> ..[1, 2].map(|n| async move { Ok(n) }), async { Ok(3) }).await;
    assert_eq!(named, Ok(([1, 2], 3)));
}

#[tokio::test]
async fn unit_is_an_error_type() {
    assert_eq!(gather!(async { Err::<u8, _>(()) }, ready(1)).await, Err(()));
    assert_eq!(
        gather!(<()> async { Err::<u8, _>(()) }, async { Ok(1) }).await,
        Err(())
    );
    assert_eq!(gather!(<()> ready(1)).await, Ok((1,)));
    assert_eq!(gather!(<()>).await, Ok(()));
}

#[tokio::test]
async fn a_named_error_converts_each_branchs_own() {
    let number = async { "1".parse::<u8>() };
    let text = async { String::from_utf8(vec![255]) };
    let named = gather!(<Box<dyn std::error::Error>> number, text, ready(1)).await;
    assert!(named.unwrap_err().to_string().contains("utf-8"));
    let boxed: Result<_, Box<dyn std::error::Error>> = gather!(ready(1), ready(2), error = _).await;
    assert_eq!(boxed.unwrap(), (1, 2));
}

// ---- kinds of branches ------------------------------------------------------------------------------------------

#[tokio::test]
async fn tasks_of_results_are_results() {
    let both = gather!(spawn(async { Ok::<_, String>(1) }), spawn(async { 2 })).await;
    assert_eq!(both, Ok((1, 2)));
    let mut task: Task<Result<u8, String>> = spawn(async { Ok(1) });
    assert_eq!(gather!(&mut task).await, Ok((1,)));
    let mut tasks = [spawn(ready(1)), spawn(ready(2))];
    assert_eq!(gather!(..tasks.iter_mut()).await, [1, 2]);
}

#[tokio::test]
async fn integers_and_floats_fall_back_as_ever() {
    let (a, b, c) = gather!(async { 1 }, async { 1.5 }, ..[async { 3 }]).await;
    assert_eq!(
        (size_of_val(&a), size_of_val(&b), size_of_val(&c)),
        (4, 8, 4)
    );
}

#[tokio::test]
async fn unlike_futures_in_a_spread_are_boxed_by_the_user() {
    use futures::future::{BoxFuture, FutureExt};
    let boxed: [BoxFuture<'_, u8>; 2] = [ready(1).boxed(), async { 2 }.boxed()];
    assert_eq!(gather!(..boxed).await, [1, 2]);
    assert_eq!(
        gather!(..vec![ready(1).boxed(), async { 2 }.boxed()]).await,
        [1, 2]
    );
}

// ---- groups -----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn what_a_group_is_used_as_determines_its_value() {
    let parsed: u64 = task_group!(|tg| {
        let child = tg.spawn(async { "1".parse().expect("a number") });
        child.await
    })
    .await;
    assert_eq!(parsed, 1);
    let open: Result<u8, Failures<String>> = task_group!(<String> |tg| {
        let child = tg.spawn(async { "1".parse().map_err(|_| "none".to_owned()) });
        Ok(child.await)
    })
    .await;
    assert_eq!(open.ok(), Some(1));
    let collected: Vec<u8> = task_group!(|_tg| "abc".bytes().collect()).await;
    assert_eq!(collected, b"abc");
}

#[tokio::test]
async fn what_a_group_is_stopped_with_determines_its_value() {
    let stopped = task_group!(|tg| {
        tg.stop(1_u8);
        pending().await
    })
    .await;
    assert_eq!(size_of_val(&stopped), 1);
    let handle = task_group!(|tg| {
        let group = tg.handle();
        tg.spawn(async move { group.stop('a') });
        loop {
            pending::<()>().await;
        }
    });
    assert_eq!(handle.await, 'a');
}

#[tokio::test]
async fn a_body_says_what_it_gives() {
    let boxed = task_group!(|tg| -> Box<dyn Fn(u8) -> u8 + Send> {
        if tg.is_cancelled() {
            return Box::new(|n| n);
        }
        Box::new(|n| n + 1)
    })
    .await;
    assert_eq!(boxed(1), 2);
    let named = task_group!(<String> |tg| -> Result<u8, String> {
        Ok(tg.spawn(async { "1".parse().map_err(|_| "none".to_owned()) }).await)
    })
    .await;
    assert_eq!(named.ok(), Some(1));
    let function = task_group!(|_tg| -> fn(u8) -> Option<u8> { Some }).await;
    assert_eq!(function(1), Some(1));
    let only_named = task_group!(|_tg| u8::is_ascii).await;
    assert_eq!((only_named(&b'a'), size_of_val(&only_named)), (true, 0));
}

#[tokio::test]
async fn a_group_that_cannot_fail_may_give_a_result() {
    let results: Result<u8, std::num::ParseIntError> = task_group!(|tg| {
        let child = tg.spawn(async { "1".parse::<u8>() });
        let n: u8 = "1".parse()?;
        Ok(n + child.await?)
    })
    .await;
    assert_eq!(results, Ok(2));
    let option = task_group!(|_tg| Some(Some(1_u8)? + 1)).await;
    assert_eq!(option, Some(2));
}

#[tokio::test]
async fn errors_of_children_become_the_groups() {
    let failed: Result<(), Failures<Box<dyn std::error::Error + Send + Sync>>> =
        task_group!(<Box<dyn std::error::Error + Send + Sync>> |tg| {
            tg.spawn(async {
                let _: u8 = "1".parse()?;
                Ok(())
            });
            tg.spawn_scoped(async {
                String::from_utf8(vec![255])?;
                Ok(())
            });
            tg.spawn_scoped(async { Err("text".into()) }).await
        })
        .await;
    let all = failed.expect_err("two have failed in one poll");
    let all: Vec<_> = all.iter().map(ToString::to_string).collect();
    assert!(all[0].contains("utf-8"), "{all:?}");
    assert_eq!(all[1..], ["text"]);
}

#[tokio::test]
async fn a_child_that_never_returns_is_one_of_any_group() {
    let plain = task_group!(|tg| {
        tg.spawn_daemon(async {
            loop {
                pending::<()>().await;
            }
        });
        1
    });
    assert_eq!(plain.await, 1);
    let failing = task_group!(<()> |tg| {
        tg.spawn_daemon(async {
            loop {
                pending::<()>().await;
            }
        });
        Ok(1)
    });
    assert_eq!(failing.await.ok(), Some(1));
}

#[tokio::test]
#[should_panic(expected = "never mind")]
async fn a_body_that_panics_gives_nothing() {
    task_group!(|_tg| panic!("never mind")).await;
}
