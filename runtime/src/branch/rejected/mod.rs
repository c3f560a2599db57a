//! Compile errors for arguments that a macro does not accept.
//!
//! Each mistake has a trait. The trait's method has a bound that never holds, and the compiler prints the message of that bound.

#![allow(
    clippy::unused_self,
    reason = "the methods are never called, but an expansion names them on a value"
)]

mod awaited;
mod branch;
mod pair;
mod placeholder;
mod spread;

pub use self::{
    branch::{
        AwaitedValue, Borrowed, Boxed, Collection, Function, JoinSetBranch, OtherField, OtherValue,
        StreamBranch, Tuple, Unpinned, Wrapped,
    },
    pair::{BesideRejected, NotResults, UnlikeErrors, UnlikeOutputs, UnlikeSets},
    placeholder::RejectedNode,
    spread::{
        BorrowedFutures, BoxedFutures, JoinSetSpread, LentFuture, LentOther, LentStream, OneFuture,
        OtherValues, PendingEachTimeout, PendingStagger, StreamInWait, StreamOfValues,
        UnpinnedFutures,
    },
};
