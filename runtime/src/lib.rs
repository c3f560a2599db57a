//! x

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod branch;
mod error;
mod gather;
pub mod hint;
mod mode;
mod panics;
mod set;
mod task;
mod timeout;

pub use crate::{
    error::TimedOut,
    gather::Gather,
    mode::{Failing, Plain},
    task::{Task, spawn, spawn_blocking},
};

/// x
#[macro_export]
macro_rules! gather {
    ($($call:tt)*) => { $crate::__private::macros::gather! { ($crate) $($call)* } };
}
