//! Groups of `task_group!`.

use std::time::Duration;

use super::ErrorType;
use crate::{
    end_policy::EndPolicy,
    group::{
        GroupBuilder, GroupMode, TaskGroup,
        error_kind::{ErrorKind, ErrorKindProbe, failing},
        group,
    },
    supply::Drain,
    timeout::Timeout,
};

#[inline]
pub const fn errors<E>(_: ErrorType<E>) -> ErrorKindProbe<E> {
    failing()
}

#[inline]
pub const fn no_grace() -> Option<Timeout> {
    None
}

#[inline]
#[track_caller]
pub const fn grace(after: Duration) -> Option<Timeout> {
    Some(Timeout::new(after, "`task_group!` with `grace`"))
}

#[inline]
#[cfg_attr(feature = "tracing", track_caller)]
pub fn task_group<'a, R, M: GroupMode, C: EndPolicy>(
    kind: ErrorKind<M>,
    limit: impl Drain,
    grace: Option<Timeout>,
    clock: C,
) -> (GroupBuilder<'a, R, M, C>, TaskGroup<'a, R, M>) {
    let clock = clock.named("`task_group!` with `timeout`");
    group(kind, limit.limit(), grace, clock)
}
