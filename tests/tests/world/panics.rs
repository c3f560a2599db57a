//! One handler panics, and whether the others go on.

use std::{
    any::Any,
    error::Error,
    future::{pending, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind, panic_any},
    task::Poll,
};

use futures::FutureExt;
use rejoin::{Catch, Panicked, catch, gather, task_group};
use rejoin_tests::{Log, holding, ms, panic_of, payload_of};
use tokio::time::{Instant, sleep};

type AnyError = Box<dyn Error + Send + Sync>;

/// Panics with a message of its own when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(self.0);
    }
}

/// Serves a client for as many milliseconds as its number; the second one meets a bug.
async fn serve(client: u64) -> u64 {
    sleep(ms(client)).await;
    assert!(client != 2, "client {client} meets a bug");
    client
}

/// The panic of a future that panics with this payload.
fn panicked_with(payload: impl Any + Send) -> Panicked {
    let caught = catch(async { panic_any(payload) }).now_or_never();
    match caught.expect("it waits for nothing") {
        Ok(()) => panic!("it should have panicked"),
        Err(panicked) => panicked,
    }
}

// ---- servers ----------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn one_handler_that_panics_ended_the_whole_server() {
    let start = Instant::now();
    let served = task_group!(|tg| {
        let handlers = [1, 2, 3, 4].map(|client| tg.spawn(catch(serve(client))));
        gather!(..handlers, return_exceptions = true).await
    });
    let served = served.await;
    assert_eq!(start.elapsed(), ms(4));
    let [Ok(1), Err(panicked), Ok(3), Ok(4)] = served else {
        panic!("{served:?}")
    };
    assert_eq!(panicked.message(), Some("client 2 meets a bug"));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_borrows_is_caught_too() {
    let log = Log::default();
    task_group!(|tg| {
        for client in [1, 2, 3] {
            let log = &log;
            tg.spawn_scoped(async move {
                let served = catch(serve(client)).await;
                log.add(&served.map_or_else(|panicked| panicked.to_string(), |n| n.to_string()));
            });
        }
    })
    .await;
    assert_eq!(log.take(), ["1", "panicked: client 2 meets a bug", "3"]);
}

#[tokio::test(start_paused = true)]
async fn in_a_failing_group_a_panic_can_be_an_error_like_any_other() {
    async fn work(client: u64) -> Result<u64, AnyError> {
        Ok(serve(client).await)
    }

    let failures = task_group!(<AnyError> |tg| {
        for client in [1, 2, 3] {
            tg.spawn(async move { catch(work(client)).await? });
        }
        Ok(())
    });
    let failures = failures.await.unwrap_err();
    assert_eq!(failures.len(), 1);
    let error = failures.into_first();
    assert!(error.is::<Panicked>());
    assert_eq!(error.to_string(), "panicked: client 2 meets a bug");
}

#[tokio::test(start_paused = true)]
async fn a_branch_that_panics_ends_no_gather() {
    let start = Instant::now();
    let pages = [1, 2, 3].map(|page| catch(serve(page)));
    let pages = gather!(..pages, return_exceptions = true).await;
    assert_eq!(pages.map(Result::ok), [Some(1), None, Some(3)]);
    assert_eq!(start.elapsed(), ms(3));
}

// ---- whose panic ------------------------------------------------------------------------------------------------

#[test]
fn it_works_on_any_executor() {
    let caught = futures::executor::block_on(catch(async {
        futures::future::ready(()).await;
        7
    }));
    assert_eq!(caught.unwrap(), 7);
}

#[tokio::test]
async fn the_future_is_dropped_before_its_value_is_given() {
    let log = Log::default();
    let held = log.on_drop("future");
    let mut caught = catch(poll_fn(move |_| {
        let _held = &held;
        Poll::Ready(5)
    }));
    let value = (&mut caught).await;
    log.add(&value.unwrap());
    drop(caught);
    assert_eq!(log.take(), ["future", "5"]);
}

#[tokio::test]
async fn a_panic_in_the_drop_of_a_future_that_was_ready_loses_its_value() {
    let log = Log::default();
    let (bomb, value) = (Bomb("drop"), log.on_drop("value"));
    let mut value = Some(value);
    let future = poll_fn(move |_| {
        let _held = &bomb;
        Poll::Ready(value.take().expect("one poll"))
    });
    let panicked = catch(future).await.unwrap_err();
    assert_eq!(panicked.message(), Some("drop"));
    assert_eq!(log.take(), ["value"]);
}

#[tokio::test]
async fn a_value_that_is_lost_may_panic_as_well() {
    let bomb = Bomb("drop of the future");
    let future = poll_fn(move |_| {
        let _held = &bomb;
        Poll::Ready(Bomb("drop of the value"))
    });
    let Err(panicked) = catch(future).await else {
        panic!("it should have panicked")
    };
    assert_eq!(panicked.message(), Some("drop of the future"));
}

#[tokio::test]
async fn of_two_panics_the_first_is_given() {
    let bomb = Bomb("drop");
    let future = poll_fn(move |_| -> Poll<()> {
        let _held = &bomb;
        panic!("poll")
    });
    let panicked = catch(future).await.unwrap_err();
    assert_eq!(panicked.message(), Some("poll"));
}

#[tokio::test]
async fn polled_after_it_was_ready_it_says_so() {
    let said = "`catch` polled after it was ready";

    let mut fine = catch(async { 1 }.boxed());
    assert_eq!((&mut fine).await.unwrap(), 1);
    assert_eq!(panic_of(fine).await, said);

    let mut panics = catch(async { panic!("once") }.boxed());
    let panicked: Result<(), _> = (&mut panics).await;
    assert_eq!(panicked.unwrap_err().message(), Some("once"));
    assert_eq!(panic_of(panics).await, said);
}

#[test]
fn dropped_half_way_its_panic_goes_on() {
    let mut waits = Box::pin(catch(holding(Bomb("drop"), pending::<()>())));
    assert!(waits.as_mut().now_or_never().is_none());
    let panic = catch_unwind(AssertUnwindSafe(|| drop(waits))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"drop"));

    let unpolled = catch(holding(Bomb("unpolled"), pending::<()>()));
    let panic = catch_unwind(AssertUnwindSafe(|| drop(unpolled))).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"unpolled"));
}

// ---- what a panic is --------------------------------------------------------------------------------------------

#[test]
fn a_panic_says_what_it_was_raised_with() {
    for (panicked, message, display, debug) in [
        (
            panicked_with("a literal"),
            Some("a literal"),
            "panicked: a literal",
            r#"Panicked { message: Some("a literal"), .. }"#,
        ),
        (
            panicked_with(String::from("a string")),
            Some("a string"),
            "panicked: a string",
            r#"Panicked { message: Some("a string"), .. }"#,
        ),
        (
            panicked_with(7_u8),
            None,
            "panicked",
            "Panicked { message: None, .. }",
        ),
    ] {
        assert_eq!(panicked.message(), message);
        assert_eq!(panicked.to_string(), display);
        assert_eq!(format!("{panicked:?}"), debug);
        assert!(panicked.source().is_none());
    }
}

#[tokio::test]
async fn a_panic_goes_on_with_its_own_payload() {
    let payload = panicked_with("a literal").into_payload();
    assert_eq!(payload.downcast_ref(), Some(&"a literal"));
    let payload = panicked_with(String::from("a string")).into_payload();
    assert_eq!(payload.downcast_ref(), Some(&String::from("a string")));
    let payload = panicked_with(7_u8).into_payload();
    assert_eq!(payload.downcast_ref(), Some(&7_u8));

    let payload = payload_of(async { panicked_with(8_u8).resume() }).await;
    assert_eq!(payload.downcast_ref(), Some(&8_u8));
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_ends_nothing() {
    drop(panicked_with(Bomb("payload")));
    // But it is given as it is.
    let payload = panicked_with(Bomb("payload")).into_payload();
    let payload = payload.downcast::<Bomb>().expect("a bomb");
    assert_eq!(payload.0, "payload");
    std::mem::forget(payload);
}

#[test]
fn its_type_can_be_stored() {
    struct Connection {
        handler: Catch<std::future::Ready<u8>>,
    }

    let connection = Connection {
        handler: catch(std::future::ready(1)),
    };
    assert_eq!(format!("{:?}", connection.handler), "Catch { .. }");
    let served = connection.handler.now_or_never().expect("it is ready");
    assert_eq!(served.unwrap(), 1);
}
