//! Every form of the macros, in code that means the same in every edition.

use std::{
    future::{Future, pending, ready},
    time::Duration,
};

use rejoin::{TimedOut, gather, spawn};

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
