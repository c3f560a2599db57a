//! `as_completed!`, as a stream, with pushes, and as a loop.

use rejoin::{TimedOut, as_completed, keyed};

use super::{World, after, ms, or_never, with_options, with_sources};
use crate::options::{call::Next, story::Text};

/// The text of an item with its index, or of the deadline.
fn indexed<T: Text>(item: &Result<(usize, T), TimedOut>) -> String {
    match item {
        Ok((index, item)) => format!("{index}:{}", item.text()),
        Err(late) => late.text(),
    }
}

/// The text of an item, or of the deadline.
fn plain<T: Text>(item: &Result<T, TimedOut>) -> String {
    match item {
        Ok(item) => item.text(),
        Err(late) => late.text(),
    }
}

impl World {
    pub(super) async fn stream(&self, next: &Next) -> String {
        let call = &self.call;
        let (limit, stagger) = (call.limit.unwrap_or(0), ms(call.stagger.unwrap_or(0)));
        let (timeout, until) = (or_never(call.timeout), after(call.until));
        let each = or_never(call.each);
        macro_rules! consume {
            ([$($arguments:tt)*] [$($feed:tt)*] $($options:tt)*) => {{
                let mut results = as_completed!($($feed)* $($arguments)* $($options)*).indexed();
                let mut handed = 0;
                while let Some(item) = results.next().await {
                    self.note(indexed(&item));
                    handed += usize::from(item.is_ok());
                    if Some(handed) == next.stop_after {
                        break;
                    }
                }
            }};
        }
        with_sources!(self, consume [timeout = timeout, until = until,]
            call.each.is_some() => [each_timeout = each,]
            next.ordered => [ordered = true,]
            call.limit.is_some() => [limit = limit,]
            call.stagger.is_some() => [stagger = stagger,]);
        String::new()
    }

    /// A stream that is pushed to with each item.
    pub(super) async fn pushed(&self, next: &Next) -> String {
        let call = &self.call;
        let (limit, timeout) = (call.limit.unwrap_or(0), or_never(call.timeout));
        let until = after(call.until);
        let mut pushes = call.pushes();
        macro_rules! consume {
            ($future:expr, $($call:tt)*) => {{
                let mut results = as_completed!($($call)*);
                let mut handed = 0;
                while let Some(item) = results.next().await {
                    self.note(plain(&item));
                    if item.is_err() {
                        continue;
                    }
                    if let Some(leaf) = pushes.next() {
                        results.push($future(leaf));
                    }
                    handed += 1;
                    if Some(handed) == next.stop_after {
                        break;
                    }
                }
            }};
        }
        macro_rules! unkeyed {
            ($($call:tt)*) => { consume!(|leaf| self.leaf(leaf), ..self.arguments(), $($call)*) };
        }
        macro_rules! with_keys {
            ($($call:tt)*) => { consume!(|leaf| keyed(leaf, self.leaf(leaf)), ..self.keyed(), $($call)*) };
        }
        if call.keys {
            with_options!(with_keys [timeout = timeout, until = until,]
                next.ordered => [ordered = true,]
                call.limit.is_some() => [limit = limit,]);
        } else {
            with_options!(unkeyed [timeout = timeout, until = until,]
                next.ordered => [ordered = true,]
                call.limit.is_some() => [limit = limit,]);
        }
        String::new()
    }

    pub(super) async fn in_loop(&self, next: &Next) -> String {
        let call = &self.call;
        let (limit, stagger) = (call.limit.unwrap_or(0), ms(call.stagger.unwrap_or(0)));
        let (timeout, until) = (or_never(call.timeout), after(call.until));
        let mut handed = 0;
        macro_rules! consume {
            ([$($arguments:tt)*] [$($feed:tt)*] $($options:tt)*) => {
                as_completed!(for item in ($($feed)* $($arguments)*) {
                    self.note(plain(&item));
                    if item.is_err() {
                        continue;
                    }
                    if let Some(body) = next.bodies.get(handed).filter(|body| **body > 0) {
                        tokio::time::sleep(ms(*body)).await;
                    }
                    handed += 1;
                    if Some(handed) == next.stop_after {
                        break;
                    }
                }, timeout = timeout, until = until, $($options)*)
            };
        }
        with_sources!(self, consume []
            next.ordered => [ordered = true,]
            call.limit.is_some() => [limit = limit,]
            call.stagger.is_some() => [stagger = stagger,]);
        String::new()
    }
}
