//! Options of sets and of groups, and the pace of any call.

use std::{sync::Arc, time::Duration};

use super::{DurationValue, LimitValue};
use crate::{
    end_policy::NoTimeout,
    supply::{AtCall, UnderLimit},
    timeout::{SilentTimeout, Stagger, Timeout, TimeoutItem},
    until::{StoppedItem, Until, UntilPolicy},
};

/// Creates the queue of a call with `stagger`.
#[track_caller]
pub fn stagger(DurationValue(interval): DurationValue) -> Arc<Stagger> {
    Stagger::new(Timeout::new(interval, "`stagger`"))
}

/// Checks the `limit` of a set or a group.
///
/// # Panics
///
/// If it is zero.
#[inline]
#[track_caller]
pub fn set_limit(LimitValue(limit): LimitValue) -> UnderLimit {
    assert!(limit > 0, "`limit` must be at least 1");
    UnderLimit(limit)
}

#[inline]
pub const fn no_limit() -> AtCall {
    AtCall
}

#[inline]
pub const fn no_timeout() -> NoTimeout {
    NoTimeout
}

#[inline]
#[track_caller]
pub fn set_timeout(after: Duration) -> TimeoutItem {
    TimeoutItem::new(Timeout::new(after, "`timeout`"))
}

#[inline]
#[track_caller]
pub fn silent_timeout(after: Duration) -> SilentTimeout {
    SilentTimeout::new(Timeout::new(after, "`timeout`"))
}

/// Adds `until` to the timeout of a call.
#[inline]
pub fn until<C, F>(until: Until<F>, timeout: C) -> UntilPolicy<C, F> {
    UntilPolicy::new(timeout, until)
}

/// Replaces the timeout of a group that has an `until`.
#[inline]
pub const fn stopped_item() -> StoppedItem {
    StoppedItem
}
