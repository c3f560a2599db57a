//! What expansions name. Nothing here is meant for anybody else, and all of it may change with any release.

#![allow(clippy::must_use_candidate, reason = "expansions use what they call")]

use std::{marker::PhantomData, time::Duration};

pub use rejoin_macros as macros;

/// Calls `build` with the arguments. They are typed before it, and their temporaries outlive what it builds.
#[inline]
pub fn with<A, B>(arguments: A, build: impl FnOnce(A) -> B) -> B {
    build(arguments)
}

/// A duration written with a unit.
#[inline]
pub const fn duration(seconds: u64, nanoseconds: u32) -> After {
    After(Duration::new(seconds, nanoseconds))
}

/// A duration that is given as a value.
///
/// No function, here and below: what is of another type is told so, and nothing else.
pub struct After(pub Duration);

/// `limit = n`.
pub struct AtOnce(pub usize);

/// The error type of a call.
pub struct ErrorType<E>(PhantomData<fn() -> E>);

impl<E> Clone for ErrorType<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ErrorType<E> {}

/// `error = E`.
#[inline]
pub const fn error<E>() -> ErrorType<E> {
    ErrorType(PhantomData)
}

/// All that stands in scope where an expansion deals with its arguments, and nowhere else.
pub mod scope {
    use std::time::Duration;

    pub use crate::branch::{
        Borrowed as _, BorrowedFutures as _, Branch, Collection as _, Determined as _,
        Function as _, Infallibly as _, Late as _, Many, Named as _, NoError as _, OneFuture as _,
        OtherBranch as _, OtherError as _, OtherMany as _, Two, Unlike as _, Unpinned as _,
        Value as _, Values as _, Wrapped as _,
    };
    pub use crate::gather::{Outside, Unlimited};
    pub use crate::timeout::AsItIs;

    use super::{AtOnce, ErrorType};
    use crate::{
        gather::{Empty, Gather, Late, Limit, Limited, Node, Partly, Whenever, Within},
        mode::{Failing, Plain},
    };

    /// The name of the expansion's only variable. That it means this function here keeps whatever else a user calls by
    /// this name, a constant above all, from being taken for the pattern of a `let`.
    pub fn x() {}

    /// # Panics
    ///
    /// If it is zero.
    #[inline]
    #[track_caller]
    pub fn limit(AtOnce(limit): AtOnce) -> Limited {
        Limited::new(limit)
    }

    #[inline]
    pub fn gather<N: Node, L: Limit, G: Fn(N::Values) -> O, O>(
        node: N,
        limit: L,
        shape: G,
    ) -> Gather<N, L, Whenever<G>> {
        crate::gather::gather(node, limit, Whenever::new(shape))
    }

    #[inline]
    pub fn gather_within<N: Node, L: Limit, G: Fn(N::Values) -> O, O, P: Late<N, G>>(
        node: N,
        limit: L,
        shape: G,
        after: Duration,
        late: P,
    ) -> Gather<N, L, Within<G, P>> {
        crate::gather::gather(node, limit, Within::new(shape, after, late))
    }

    #[inline]
    pub fn gather_partly<N: Node, L: Limit, G: Fn(N::Partial) -> O, O>(
        node: N,
        limit: L,
        shape: G,
        after: Duration,
    ) -> Gather<N, L, Within<G, Partly>> {
        crate::gather::gather(node, limit, Within::new(shape, after, Partly))
    }

    #[inline]
    pub const fn nothing() -> Empty<Plain> {
        Empty::new()
    }

    #[inline]
    pub const fn nothing_or<E>(_: ErrorType<E>) -> Empty<Failing<E>> {
        Empty::new()
    }
}
