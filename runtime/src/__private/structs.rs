//! The parts of a `gather!` of a struct literal.

use crate::gather::{Dependent, Limited, Part, SharedValue, Sharing, SharingBuilder};

/// Says that a value is the one of the branch that `part` builds. This is never called.
pub fn shares<B, N, V, M>(_: &Part<B, N, V, M>, _: &SharedValue<V>) {}

/// Lets a branch share its value.
#[inline]
pub fn sharing<B, N, V, M>(
    part: Part<B, N, V, M>,
    value: SharedValue<V>,
) -> Part<SharingBuilder<B, V>, Sharing<N, V>, V, M> {
    Part::new(SharingBuilder(part.builder, value))
}

/// Creates the limit of a call with branches that need others, which `needs` has as bits.
#[inline]
pub const fn dependent(limit: Limited, needs: &'static [u64]) -> Dependent {
    Dependent::new(limit, needs)
}

/// The limit of such a call without `limit`.
#[inline]
pub const fn unreached_limit() -> Limited {
    Limited::none()
}
