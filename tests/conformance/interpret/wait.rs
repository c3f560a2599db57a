//! `wait!`, several times on one set.

use rejoin::{Done, Pending, gather, wait};

use super::{Fail, Out, Run, World, ms, text};
use crate::program::{Rest, Round, Wait, When};

/// A source of a wait.
enum Source {
    Branches(Vec<Run<'static>>),
    Pending(Pending<Run<'static>>),
}

impl World {
    /// Runs several `wait!`s.
    pub(super) async fn wait(&self, id: usize, wait: &Wait) -> Out {
        let mut source = Source::Branches(self.runs(&wait.branches));
        for round in &wait.rounds {
            if let Source::Pending(pending) = &mut source {
                if let Some(gap) = &round.gap {
                    let _ = pending.drive(self.run(gap)).await;
                }
                for push in &round.pushes {
                    pending.push(self.run(push));
                }
            }
            let (done, pending) = match source {
                Source::Branches(branches) => once(round, branches).await,
                Source::Pending(pending) => again(round, pending).await,
            };
            let done = done
                .indexed()
                .map(|(index, out)| format!("{index}:{}", text(&out)));
            let done: Vec<_> = done.collect();
            self.note(id, format!("{} /{}", done.join(","), pending.len()));
            source = Source::Pending(pending);
        }
        if let Source::Pending(pending) = source {
            self.rest(id, wait.rest, pending).await?;
        }
        Ok(id)
    }

    async fn rest(
        &self,
        id: usize,
        rest: Rest,
        pending: Pending<Run<'static>>,
    ) -> Result<(), Fail> {
        match rest {
            Rest::Dropped => {
                if !pending.is_empty() {
                    self.early(id);
                }
            }
            Rest::Drained if pending.is_empty() => {}
            Rest::Drained => {
                let (done, _) = wait!(..pending).await;
                let done: Vec<_> = done.indexed().map(|(index, _)| index.to_string()).collect();
                self.result(id, done.join(","));
            }
            Rest::Gathered => match gather!(..pending).await {
                Ok(values) => {
                    let values: Vec<_> = values.iter().map(ToString::to_string).collect();
                    self.result(id, values.join(","));
                }
                Err(fail) => {
                    self.early(id);
                    return Err(fail);
                }
            },
        }
        Ok(())
    }
}

/// The same for both sources, which are of different types.
macro_rules! waits {
    ($name:ident, $source:ident: $type:ty) => {
        async fn $name(round: &Round, $source: $type) -> (Done<Out>, Pending<Run<'static>>) {
            let (timeout, limit) = (ms(round.timeout.unwrap_or(0)), round.limit.unwrap_or(0));
            match round.when {
                When::All => waits!(round, $source, timeout, limit),
                When::First => waits!(round, $source, timeout, limit, return_when = FIRST_COMPLETED),
                When::Error => waits!(round, $source, timeout, limit, return_when = FIRST_EXCEPTION),
                When::Success => waits!(round, $source, timeout, limit, return_when = FIRST_SUCCESS),
                When::Count(n) => waits!(round, $source, timeout, limit, return_when = COMPLETED(n)),
            }
        }
    };
    ($round:ident, $source:ident, $timeout:ident, $limit:ident $(, $when:ident = $($value:tt)+)?) => {
        match ($round.timeout, $round.limit) {
            (None, None) => wait!(..$source $(, $when = $($value)+)?).await,
            (None, Some(_)) => wait!(..$source $(, $when = $($value)+)?, limit = $limit).await,
            (Some(_), None) => wait!(..$source $(, $when = $($value)+)?, timeout = $timeout).await,
            (Some(_), Some(_)) => {
                wait!(..$source, timeout = $timeout, limit = $limit $(, $when = $($value)+)?).await
            }
        }
    };
}

waits!(once, branches: Vec<Run<'static>>);
waits!(again, pending: Pending<Run<'static>>);
