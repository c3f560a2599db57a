//! `wait!`, several times on one set.

use std::{convert, future::Future};

use rejoin::{Done, Keyed, Pending, wait};
use tokio::time::sleep;

use super::{Out, Run, World, after, ms, or_never};
use crate::options::{
    call::{Round, When},
    story::Text,
};

/// The predicate of `UNTIL`, which holds at so many failures.
struct Predicate {
    asked: Vec<String>,
    failures: usize,
    holds_at: usize,
}

impl Predicate {
    fn new(when: When) -> Self {
        let holds_at = match when {
            When::Until(failures) => failures,
            _ => 0,
        };
        Self {
            asked: vec![],
            failures: 0,
            holds_at,
        }
    }

    fn ask(&mut self, output: &Out) -> bool {
        let text = output.text();
        self.asked.push(text.trim_start_matches("!e").to_owned());
        self.failures += usize::from(output.is_err());
        self.failures == self.holds_at
    }
}

/// Makes a wait with the condition of a round. `$out` returns an output without its key, and `$then` goes on with what is done and
/// what is left, which have other types under other conditions.
macro_rules! wait_when {
    ($round:ident, $predicate:ident, $out:expr, [$($call:tt)*], $then:ident) => {
        match $round.when {
            When::All => $then!(wait!($($call)*)),
            When::First => $then!(wait!($($call)*, return_when = FIRST_COMPLETED)),
            When::FirstSuccess => $then!(wait!($($call)*, return_when = FIRST_SUCCESS)),
            When::FirstException => $then!(wait!($($call)*, return_when = FIRST_EXCEPTION)),
            When::Completed(n) => $then!(wait!($($call)*, return_when = COMPLETED(n))),
            When::Succeeded(n) => $then!(wait!($($call)*, return_when = SUCCEEDED(n))),
            When::Failed(n) => $then!(wait!($($call)*, return_when = FAILED(n))),
            When::Until(_) => {
                $then!(wait!($($call)*, return_when = UNTIL(|output| $predicate.ask($out(output)))))
            }
        }
    };
}

/// Awaits a wait, and returns what is done and what is left.
macro_rules! awaited {
    ($wait:expr) => {
        $wait.await
    };
}

/// Makes the function that waits again for the rest of a set.
macro_rules! others {
    ($others:ident [$($bound:tt)*] $future:ty, $out:expr) => {
        async fn $others $($bound)* (&self, rounds: &[Round], mut pending: Pending<$future>) {
            for round in rounds {
                if round.gap > 0 {
                    pending.drive(sleep(ms(round.gap))).await;
                }
                for index in &round.cancel {
                    let is_there = pending.cancel(*index);
                    self.note(format!("cancel {index} {is_there}"));
                }
                let (timeout, until) = (or_never(round.timeout), after(round.until));
                let mut predicate = Predicate::new(round.when);
                let (done, rest) = match round.limit {
                    None => wait_when!(round, predicate, $out, [..pending, timeout = timeout, until = until], awaited),
                    Some(limit) => wait_when!(round, predicate, $out, [
                        ..pending, timeout = timeout, until = until, limit = limit
                    ], awaited),
                };
                self.done(round, &predicate.asked, done, rest.len());
                pending = rest;
            }
        }
    };
}

/// The output without its key.
fn unkeyed(output: &(usize, Out)) -> &Out {
    &output.1
}

impl World {
    others!(others [<F: Future<Output = Out>>] F, convert::identity);

    others!(others_keyed [] Keyed<usize, Run>, unkeyed);

    /// Runs all waits.
    pub(super) async fn wait(&self, rounds: &[Round]) -> String {
        let (round, others) = rounds.split_first().expect("there is one");
        let (timeout, until) = (or_never(round.timeout), after(round.until));
        let limit = round.limit.unwrap_or(0);
        let stagger = ms(self.call.stagger.unwrap_or(0));
        let mut predicate = Predicate::new(round.when);
        macro_rules! first {
            ($wait:expr) => {{
                let (done, pending) = $wait.await;
                self.done(round, &predicate.asked, done, pending.len());
                self.others(others, pending).await;
            }};
        }
        macro_rules! first_keyed {
            ($wait:expr) => {{
                let (done, pending) = $wait.await;
                self.done(round, &predicate.asked, done, pending.len());
                self.others_keyed(others, pending).await;
            }};
        }
        macro_rules! run {
            ($then:ident, $out:expr, [$($call:tt)*]) => {{
                wait_when!(round, predicate, $out, [
                    $($call)*, timeout = timeout, until = until
                ], $then);
            }};
        }
        match (self.call.keys, self.call.stagger, round.limit) {
            (true, _, None) => run!(first_keyed, unkeyed, [..self.keyed()]),
            (true, _, Some(_)) => run!(first_keyed, unkeyed, [..self.keyed(), limit = limit]),
            (_, None, None) => run!(first, convert::identity, [..self.arguments()]),
            (_, None, Some(_)) => {
                run!(
                    first,
                    convert::identity,
                    [..self.arguments(), limit = limit]
                );
            }
            (_, Some(_), None) => {
                run!(
                    first,
                    convert::identity,
                    [..self.arguments(), stagger = stagger]
                );
            }
            (_, Some(_), Some(_)) => run!(
                first,
                convert::identity,
                [..self.arguments(), stagger = stagger, limit = limit]
            ),
        }
        String::new()
    }
    fn done<T: Text>(&self, round: &Round, asked: &[String], done: Done<T>, left: usize) {
        if let When::Until(_) = round.when {
            self.note(format!("asked {}", asked.join(",")));
        }
        let done = done
            .indexed()
            .map(|(index, output)| format!("{index}:{}", output.text()));
        let done: Vec<_> = done.collect();
        self.note(format!("{} /{left}", done.join(",")));
    }
}
