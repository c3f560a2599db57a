//! A crate that knows `rejoin` by another name, has no prelude, and hands the macros on.

#![no_implicit_prelude]

pub use ::renamed::{as_completed as each, gather as all, task_group as scope, wait as until};

/// Where it is handed on from once more.
pub mod deep {
    pub use ::renamed::{Failures, Pending, TimedOut, as_completed, gather, task_group, wait};
}

/// A macro for users of this crate, who need not know whose it is made of.
#[macro_export]
macro_rules! both {
    ($a:expr, $b:expr) => {
        $crate::deep::gather!($a, $b)
    };
}

/// A loop for users of this crate.
#[macro_export]
macro_rules! sum_of {
    ($($number:expr),*) => {{
        let mut sum = 0;
        $crate::deep::as_completed!(for number in ($($number),*) {
            sum += number;
        });
        sum
    }};
}

/// A group for users of this crate.
#[macro_export]
macro_rules! spawned {
    ($a:expr, $b:expr) => {
        $crate::deep::task_group!(|tg| {
            let (a, b) = (tg.spawn($a), tg.spawn($b));
            (a.await, b.await)
        })
    };
}

/// Groups, by the other name.
pub async fn groups() -> u32 {
    let numbers = [2, 3];
    let sum = ::renamed::task_group!(|tg| {
        let one = tg.spawn(async { 1 });
        let two = tg.spawn_scoped(async { numbers[0] });
        one.await + two.await
    })
    .await;
    let named: ::std::result::Result<u32, deep::Failures<deep::TimedOut>> =
        scope!(<deep::TimedOut, limit = 1> move |tg| {
            let child = tg.spawn(async move { ::std::result::Result::Ok(numbers[1]) });
            ::std::result::Result::Ok(child.await)
        })
        .await;
    let within = deep::task_group!(|_tg| 4, timeout = 2s, grace = 1s).await;
    sum + named.unwrap_or_default() + within.unwrap_or_default()
}

/// Loops, by the other name.
pub async fn loops() -> u32 {
    use ::std::iter::{IntoIterator, Iterator};
    let mut sum = 0;
    ::renamed::as_completed!(for n in (async { 2 }, async { 3 }) {
        each!('inner: for m in ..[n, n].map(|n| async move { n }) {
            sum += async { m }.await;
            continue 'inner;
        });
    });
    ::renamed::as_completed! {
        n = async { 1 } => sum += n,
        one = async { (1,) } => { sum += async { one }.await.0; }
        n in ..(0..2).map(|n| async move { n }) => sum += n,
    }
    let mut set = deep::Pending::new();
    set.push(async { 4 });
    each!(for n in ..&mut set {
        sum += async { n }.await;
    });
    let mut stream = deep::as_completed!(async { 5 });
    while let ::std::option::Option::Some(n) = stream.next().await {
        sum += n;
    }
    let (done, _) = deep::wait!(async { 6 }, return_when = FIRST_COMPLETED).await;
    sum + done.into_iter().sum::<u32>()
}

/// Gathers by the other name.
pub async fn five() -> u32 {
    let (a, b) = ::renamed::gather!(async { 2 }, async { 3 }).await;
    a + b
}

/// Gathers what can fail, under options.
///
/// # Errors
///
/// If it is too late.
pub async fn six() -> ::std::result::Result<u32, deep::TimedOut> {
    let numbers =
        deep::gather!(..[2, 4].map(|n| async move { n }), timeout = 2s, limit = 2).await?;
    ::std::result::Result::Ok(numbers[0] + numbers[1])
}
