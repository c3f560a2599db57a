//! A crate that knows `rejoin` by another name, has no prelude, and hands the macros on.

#![no_implicit_prelude]

pub use ::renamed::gather as all;

/// Where it is handed on from once more.
pub mod deep {
    pub use ::renamed::{TimedOut, gather};
}

/// A macro for users of this crate, who need not know whose it is made of.
#[macro_export]
macro_rules! both {
    ($a:expr, $b:expr) => {
        $crate::deep::gather!($a, $b)
    };
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
