//! `task_group!`: how it is written, and when it runs.

use std::{
    future::{Future, pending},
    pin::Pin,
};

use rejoin::{Plain, TaskGroup, gather, task_group};
use rejoin_tests::{Log, after, ms};
use tokio::time::{Instant, sleep};

use super::shared::AppError;

// ---- how it is written ------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn the_body_is_a_closure_of_any_kind() {
    let text = String::from("text");
    let length = task_group!(|tg| tg.spawn_scoped(async { text.len() }).await).await;
    assert_eq!(length, 4);
    let length = task_group!(async |tg| {
        let child = tg.spawn_scoped(async { text.len() });
        child.await
    })
    .await;
    assert_eq!(length, 4);
    assert_eq!(task_group!(|_| text.len()).await, 4);
    task_group!(|_| {}).await;
    let three = task_group!(|mut tg| {
        tg = tg.clone();
        tg.spawn(async { 3 }).await
    })
    .await;
    assert_eq!(three, 3);
    let moved = text.clone();
    let taken = task_group!(move |tg| {
        tg.spawn(async {});
        moved
    });
    assert_eq!(taken.await, "text");
    let moved = text.clone();
    let taken = task_group!(async move |_| moved).await;
    assert_eq!(taken, "text");
}

#[tokio::test(start_paused = true)]
async fn the_body_may_say_what_it_gives() {
    let sum = task_group!(|tg| -> u64 { tg.spawn(async { 1 }).await + 1 }).await;
    assert_eq!(sum, 2);
    let list = task_group!(move |_| -> Vec<u8> { "12".bytes().map(|byte| byte - b'0').collect() });
    assert_eq!(list.await, [1, 2]);
    let failed = task_group!(<AppError> |_| -> Result<u8, AppError> { Ok("x".parse::<u8>()?) });
    assert!(matches!(
        failed.await.unwrap_err().first(),
        AppError::Parse(_)
    ));
}

#[tokio::test(start_paused = true)]
async fn options_stand_before_or_behind_the_body() {
    let start = Instant::now();
    let two = async |tg: TaskGroup<'_, (), Plain>| {
        tg.spawn(after(10, ()));
        tg.spawn(after(10, ()));
    };
    task_group!(<limit = 1> |tg| two(tg).await).await;
    assert_eq!(start.elapsed(), ms(20));
    task_group!(|tg| two(tg).await, limit = 1).await;
    assert_eq!(start.elapsed(), ms(40));
    let in_time = task_group!(<limit = 1, timeout = 1s> |tg| two(tg).await).await;
    assert!(in_time.is_ok());
    assert_eq!(start.elapsed(), ms(60));
    let late = task_group!(|tg| two(tg).await, limit = 1, timeout = 15ms,).await;
    assert_eq!(late.unwrap_err().after(), ms(15));
    assert_eq!(start.elapsed(), ms(75));
    assert_eq!(task_group!(<> |_| 5).await, 5);
    let value = task_group!(<AppError> |_| Ok(5)).await;
    assert_eq!(value.unwrap(), 5);
    let value = task_group!(<AppError, timeout = 1s, limit = 3, grace = 1s> |_| Ok(5)).await;
    assert_eq!(value.unwrap().unwrap(), 5);
    let value = task_group!(|_| Ok(5), error = AppError).await;
    assert_eq!(value.unwrap(), 5);
    let value = task_group!(|_| Ok(5), grace = 1s, error = AppError, timeout = 2s).await;
    assert_eq!(value.unwrap().unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn option_values_are_taken_once_at_the_call() {
    let log = Log::default();
    let noted = |what: &str, value: u64| {
        log.add(what);
        value
    };
    let group = task_group!(
        |_| log.add("body"),
        limit = usize::try_from(noted("limit", 1)).unwrap(),
        timeout = ms(noted("timeout", 1)),
        grace = ms(noted("grace", 1)),
    );
    assert_eq!(log.take(), ["limit", "timeout", "grace"]);
    group.await.unwrap();
    assert_eq!(log.take(), ["body"]);
}

#[tokio::test(start_paused = true)]
async fn it_is_called_by_its_path_too() {
    mod own {
        pub use rejoin::task_group as scope;
    }
    assert_eq!(
        rejoin::task_group!(|tg| tg.spawn(async { 1 }).await).await,
        1
    );
    assert_eq!(own::scope!(|tg| tg.spawn(async { 1 }).await).await, 1);
}

#[tokio::test(start_paused = true)]
async fn the_body_leaves_by_return_and_by_question_mark() {
    let value = task_group!(|tg| {
        if !tg.is_cancelled() {
            return 1;
        }
        2
    });
    assert_eq!(value.await, 1);
    let parsed = task_group!(<AppError> |_| {
        let number = "12".parse::<u8>()?;
        Err("no number")?;
        Ok(number)
    });
    assert_eq!(
        parsed.await.unwrap_err().into_first(),
        AppError::Word("no number")
    );
}

// ---- when it runs -----------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn nothing_runs_before_the_first_poll() {
    let log = Log::default();
    let guard = log.on_drop("what the body took");
    let group = task_group!(|tg| {
        log.add("body");
        tg.spawn_scoped(async { log.add("child") });
    });
    assert!(log.take().is_empty());
    sleep(ms(10)).await;
    assert!(log.take().is_empty());
    group.await;
    assert_eq!(log.take(), ["body", "child"]);
    let unpolled = task_group!(move |tg| {
        let _guard = guard;
        tg.spawn(async {});
    });
    assert!(log.take().is_empty());
    drop(unpolled);
    assert_eq!(log.take(), ["what the body took"]);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_counts_from_the_first_poll() {
    let start = Instant::now();
    let group = task_group!(|_| pending::<()>().await, timeout = 10ms);
    sleep(ms(100)).await;
    assert!(group.await.is_err());
    assert_eq!(start.elapsed(), ms(110));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_stored_and_boxed_and_awaited_later() {
    struct Job<'a>(Pin<Box<dyn Future<Output = usize> + Send + 'a>>);
    let names = ["Ada", "Grace"].map(String::from);
    let job = Job(Box::pin(task_group!(|tg| {
        let children = names
            .each_ref()
            .map(|name| tg.spawn_scoped(async { name.len() }));
        gather!(..children).await.iter().sum()
    })));
    sleep(ms(1)).await;
    assert_eq!(job.0.await, 8);
}
