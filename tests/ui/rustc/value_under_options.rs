// errors: 10
//! A branch that is not a future, with every option, and its result used.

use rejoin::{TimedOut, gather};

pub struct AppError;

impl From<TimedOut> for AppError {
    fn from(_: TimedOut) -> Self {
        Self
    }
}

pub async fn timeout() -> u32 {
    let (a, b) = gather!(async { 1 }, "b", timeout = 2s).await.unwrap();
    a + b
}

pub async fn partial() -> u32 {
    let (a, b) = gather!(async { 1 }, "b", timeout = 2s, partial = true).await;
    a.unwrap() + b.unwrap()
}

pub async fn each_timeout() -> u32 {
    let (a, b) = gather!(async { 1 }, "b", each_timeout = 2s).await;
    a.unwrap() + b.unwrap()
}

pub async fn limit() -> u32 {
    let (a, b) = gather!(async { 1 }, "b", limit = 2).await;
    a + b
}

pub async fn return_exceptions() -> u32 {
    let (a, b) = gather!(async { 1 }, "b", return_exceptions = true).await;
    a + b
}

pub async fn fallible() -> Result<u32, String> {
    let (a, b) = gather!(async { Ok::<_, String>(1) }, "b").await?;
    Ok(a + b)
}

pub async fn error() -> Result<u32, AppError> {
    let (a, b) = gather!(async { 1 }, "b", error = AppError).await?;
    Ok(a + b)
}

pub async fn error_and_timeouts() -> Result<u32, AppError> {
    let (a, b) = gather!(<AppError, timeout = 2s, each_timeout = 1s> async { 1 }, "b").await?;
    Ok(a + b)
}

pub async fn error_and_return_exceptions() -> Result<u32, AppError> {
    let (a, b) = gather!(<AppError, return_exceptions = true> async { 1 }, "b").await;
    Ok(a? + b?)
}

pub async fn partial_of_a_spread() -> usize {
    let (a, b) = gather!(async { 1 }, ..["b"], timeout = 2s, partial = true).await;
    a.unwrap() + b.len()
}

fn main() {}
