//! `gather!`, with and without `need`.

use rejoin::gather;

use super::{World, after, ms, or_never, with_options, with_sources};
use crate::options::{
    call::Need,
    story::{Fail, Text},
};

/// The text of a call that is awaited.
macro_rules! text {
    ([$($arguments:tt)*] [$($feed:tt)*] $($options:tt)*) => {
        gather!($($arguments)* $($feed)* $($options)*).await.text()
    };
}

impl World {
    /// Runs a `gather!`.
    pub(super) async fn gather(&self, values: bool, partial: bool) -> String {
        let call = &self.call;
        let (limit, stagger) = (call.limit.unwrap_or(0), ms(call.stagger.unwrap_or(0)));
        let (timeout, until) = (or_never(call.timeout), after(call.until));
        macro_rules! rest {
            ($($options:tt)*) => {
                with_sources!(self, text [$($options)*]
                    values => [return_exceptions = true,]
                    call.limit.is_some() => [limit = limit,]
                    call.stagger.is_some() => [stagger = stagger,])
            };
        }
        if partial {
            rest!(timeout = timeout, until = until, partial = true,)
        } else if call.until.is_some() {
            rest!(until = until,)
        } else if call.timeout.is_some() {
            rest!(timeout = timeout,)
        } else {
            rest!()
        }
    }

    /// Runs a `gather!` with `need`.
    pub(super) async fn need(
        &self,
        Need {
            needed,
            typed,
            literal,
        }: Need,
    ) -> String {
        let call = &self.call;
        let (limit, stagger) = (call.limit.unwrap_or(0), ms(call.stagger.unwrap_or(0)));
        let (timeout, until) = (or_never(call.timeout), after(call.until));
        let each = or_never(call.each);
        macro_rules! rest {
            ($($options:tt)*) => {
                with_sources!(self, text [$($options)*]
                    call.limit.is_some() => [limit = limit,]
                    call.stagger.is_some() => [stagger = stagger,])
            };
        }
        macro_rules! literal {
            ($need:literal) => {
                with_options!(text [[..self.arguments(),] [] need = $need,]
                    call.limit.is_some() => [limit = limit,]
                    call.stagger.is_some() => [stagger = stagger,])
            };
        }
        let is_bare = call.timeout.is_none() && call.until.is_none();
        if typed {
            rest!(
                need = needed,
                error = Fail,
                each_timeout = each,
                timeout = timeout,
                until = until,
            )
        } else if literal && is_bare && needed == 1 {
            literal!(1)
        } else if literal && is_bare {
            literal!(2)
        } else if call.until.is_some() {
            rest!(need = needed, until = until,)
        } else if call.timeout.is_some() {
            rest!(need = needed, timeout = timeout,)
        } else {
            rest!(need = needed,)
        }
    }
}
