//! Every form of the macros, in code that means the same in every edition.

use std::{
    future::{Future, pending, ready},
    time::Duration,
};

use rejoin::{Pending, TimedOut, as_completed, gather, spawn, task_group, wait};

#[derive(Debug, PartialEq)]
enum AppError {
    Text(String),
    Late,
}

impl From<String> for AppError {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<TimedOut> for AppError {
    fn from(_: TimedOut) -> Self {
        Self::Late
    }
}

/// Runs a future; time passes at once.
fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let output = runtime.block_on(future);
    drop(runtime);
    output
}

async fn double(n: u32) -> u32 {
    ready(n * 2).await
}

async fn parse(text: &str) -> Result<u32, String> {
    ready(text.parse().map_err(|_| text.to_owned())).await
}

#[test]
fn branches_and_spreads() {
    run(async {
        gather!().await;
        assert_eq!(gather!(double(1)).await, (2,));
        assert_eq!(
            gather!(double(1), ready("b"), async { 'c' },).await,
            (2, "b", 'c')
        );
        assert_eq!(gather!(..vec![double(1), double(2)]).await, [2, 4]);
        assert_eq!(gather!(..[double(1), double(2)]).await, [2, 4]);
        assert_eq!(
            gather!(..(0..3).map(double), double(9)).await,
            (vec![0, 2, 4], 18)
        );
        assert_eq!(
            rejoin::gather!(spawn(double(1)), spawn(double(2))).await,
            (2, 4)
        );
        assert_eq!(
            gather!(gather!(double(1)), gather!(..[double(2)])).await,
            ((2,), [4])
        );
    });
}

#[derive(Debug, PartialEq)]
struct Numbers {
    a: u32,
    b: u32,
    r#async: u32,
}

#[test]
fn structs() {
    run(async {
        let factor = 3;
        let numbers = gather!(Numbers {
            b: |a, r#async| ready(a * factor + r#async),
            a: double(2),
            r#async: |a| parse_length(a.to_string()),
        });
        let expected = Numbers {
            a: 4,
            b: 13,
            r#async: 1,
        };
        assert_eq!(numbers.await, expected);
        let numbers = gather!(<AppError, timeout = 1s> Numbers {
            a: parse("3"),
            b: move |a: &u32| double(*a + factor),
            r#async: pending::<u32>(),
        });
        assert_eq!(numbers.await, Err(AppError::Late));
    });
}

async fn parse_length(text: String) -> u32 {
    ready(()).await;
    text.chars().map(|_| 1).sum()
}

#[test]
fn results() {
    run(async {
        assert_eq!(gather!(parse("1"), double(1)).await, Ok((1, 2)));
        assert_eq!(
            gather!(parse("1"), parse("b"), double(1)).await,
            Err("b".to_owned())
        );
        assert_eq!(
            gather!(..["1", "2"].iter().map(|text| parse(text))).await,
            Ok(vec![1, 2])
        );
        let outcomes = gather!(parse("a"), double(1), return_exceptions = true).await;
        assert_eq!(outcomes, (Err("a".to_owned()), 2));
        let named = gather!(<AppError> parse("a"), double(1)).await;
        assert_eq!(named, Err(AppError::Text("a".to_owned())));
        assert_eq!(gather!(double(1), error = AppError).await, Ok((2,)));
    });
}

#[test]
fn options() {
    run(async {
        let never = pending::<u32>;
        assert_eq!(gather!(<limit = 1> double(1), double(2)).await, (2, 4));
        assert!(gather!(double(1), never(), timeout = 2s).await.is_err());
        assert!(
            gather!(<timeout = Duration::from_millis(5)> never())
                .await
                .is_err()
        );
        let some = gather!(double(1), never(), timeout = 1.5s, partial = true).await;
        assert_eq!(some, (Some(2), None));
        let (a, b) = gather!(double(1), never(), each_timeout = 2ms, limit = 2).await;
        assert!(a.is_ok() && b.is_err());
        let late = gather!(<AppError, timeout = 1min> parse("1"), never()).await;
        assert_eq!(late, Err(AppError::Late));
        let each = gather!(parse("1"), never(), each_timeout = 1us, error = AppError).await;
        assert_eq!(each, Err(AppError::Late));
    });
}

#[test]
fn streams() {
    run(async {
        let mut results = as_completed!(double(1), ready(3), ..vec![double(4)]);
        let mut sum = 0;
        while let Some(n) = results.next().await {
            sum += n;
        }
        assert_eq!(sum, 13);
        let mut late = as_completed!(<timeout = 1s> pending::<u32>());
        assert!(late.next().await.expect("the deadline").is_err());
        assert!(late.next().await.is_none());
    });
}

#[test]
fn loops() {
    run(async {
        let mut sum = 0;
        as_completed!(for n in ..(0..3).map(double) {
            sum += n;
            sum += double(n).await;
        });
        as_completed!(
            'outer: for n in (double(1), ..vec![double(2)]) {
                as_completed!(for m in (double(3), double(4)) {
                    sum += m;
                    double(n).await;
                    if m > 6 {
                        break 'outer;
                    }
                });
            },
            limit = 1
        );
        let mut set: Pending<_> = (0..3).map(double).collect();
        as_completed!(for n in ..&mut set {
            sum += n;
            if n == 4 {
                set.push(double(5));
            }
        });
        as_completed!(<timeout = 1s> for n in (pending::<u32>(), double(5)) {
            sum += n.unwrap_or(100);
        });
        assert_eq!(sum, 18 + 14 + 16 + 110);
    });
}

#[test]
fn arms() {
    run(async {
        let mut sum = 0;
        let mut word = String::new();
        as_completed! {
            n = double(1) => sum += n,
            text = ready("a") => {
                word.push_str(text);
                double(1).await
            }
            n in ..(0..3).map(double) => sum += double(n).await,
        }
        as_completed! {
            n = double(1) => sum += n.expect("in time"),
            late = pending::<&str>() => assert!(late.is_err()),
            timeout = 1s
        }
        assert_eq!((sum, word.as_str()), (2 + 12 + 2, "a"));
    });
}

#[test]
fn waits() {
    run(async {
        let (done, rest) = wait!(double(1), pending(), return_when = FIRST_COMPLETED).await;
        assert_eq!(done.into_iter().collect::<Vec<_>>(), [2]);
        let (done, rest) = wait!(<timeout = 1s> ..rest).await;
        assert_eq!((done.len(), rest.len()), (0, 1));
        let (done, _) = wait!(parse("1"), parse("a"), return_when = FIRST_SUCCESS).await;
        assert!(done.iter().any(Result::is_ok));
        let (done, _) = wait!(..vec![parse("a")], return_when = FIRST_EXCEPTION).await;
        assert_eq!(done.indexed().next(), Some((0, Err("a".to_owned()))));
        let (done, _) = wait!(double(1), pending(), return_when = COMPLETED(1), limit = 1).await;
        assert_eq!(done.len(), 1);
    });
}

#[test]
fn groups() {
    run(async {
        let words = vec!["a".to_owned(), "bc".to_owned()];
        let sum = task_group!(|tg| {
            let one = tg.spawn(double(1));
            let two = tg.spawn_scoped(async { words.len() });
            let three = tg.spawn_blocking(|| 3);
            tg.spawn_daemon(pending::<()>());
            one.await as usize + two.await + three.await
        })
        .await;
        assert_eq!(sum, 7);
        assert_eq!(task_group!(|tg| tg.spawn(double(1)).await).await, 2);
        assert_eq!(rejoin::task_group!(async |_| double(1).await).await, 2);
        let moved = task_group!(move |mut tg| {
            tg = tg.clone();
            for word in words {
                tg.spawn(async move { word.len() });
            }
            tg.ready().await;
        });
        spawn(moved).await;
        let late = task_group!(<timeout = 1s> async move |_tg| pending::<u32>().await).await;
        assert!(late.is_err());
        let stopped = task_group!(
            |tg| -> u32 {
                let group = tg.handle();
                tg.spawn(async move { group.stop(3) });
                pending().await
            },
            timeout = 2min,
            limit = 2,
            grace = 5ms,
        )
        .await;
        assert_eq!(stopped.ok(), Some(3));
        let failed = task_group!(<AppError> |tg| {
            tg.spawn(async {
                parse("b").await?;
                Ok(())
            });
            tg.spawn(async {});
            Ok(parse("1").await?)
        })
        .await;
        let failures = failed.expect_err("a child has failed");
        assert_eq!(failures.into_first(), AppError::Text("b".to_owned()));
        let named = task_group!(|tg| Ok(tg.spawn(parse("1")).await), error = String).await;
        assert_eq!(named.ok(), Some(1));
    });
}
