//! `gather!`, with every shape of its branches and every combination of its options.

use rejoin::{TimedOut, gather};

use super::{Fail, Out, Run, World, ms, text, with_options};
use crate::program::{Gather, Shape};

/// What one branch gives under the options.
trait Slot {
    fn text(&self, id: usize) -> String;
}

impl Slot for usize {
    fn text(&self, _: usize) -> String {
        self.to_string()
    }
}

impl Slot for Out {
    fn text(&self, id: usize) -> String {
        match self {
            Err(Fail::Timed(_)) => Fail::Late(id).to_string(),
            out => text(out),
        }
    }
}

impl Slot for Result<Out, TimedOut> {
    fn text(&self, id: usize) -> String {
        match self {
            Ok(out) => text(out),
            Err(_) => Fail::Late(id).to_string(),
        }
    }
}

impl<S: Slot> Slot for Option<S> {
    fn text(&self, id: usize) -> String {
        (self.as_ref()).map_or_else(|| "_".to_owned(), |slot| slot.text(id))
    }
}

/// What all of them give.
trait Slots {
    fn texts(&self, id: usize) -> Vec<String>;
}

impl<S: Slot> Slots for Vec<S> {
    fn texts(&self, id: usize) -> Vec<String> {
        self.iter().map(|slot| slot.text(id)).collect()
    }
}

impl<S: Slot, const N: usize> Slots for [S; N] {
    fn texts(&self, id: usize) -> Vec<String> {
        self.iter().map(|slot| slot.text(id)).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident)+))+) => {
        $(
            impl<S: Slot> Slots for ($(tuples!(S $name),)+) {
                fn texts(&self, id: usize) -> Vec<String> {
                    let ($($name,)+) = self;
                    vec![$($name.text(id)),+]
                }
            }
        )+
    };
    ($slot:ident $name:ident) => { $slot };
}

tuples!((a)(a b)(a b c)(a b c d)(a b c d e));

impl<S: Slot> Slots for (S, Vec<S>) {
    fn texts(&self, id: usize) -> Vec<String> {
        let mut texts = vec![self.0.text(id)];
        texts.extend(self.1.texts(id));
        texts
    }
}

/// What the call gives.
trait End {
    fn finish(self, id: usize) -> Result<Vec<String>, Fail>;
}

impl<T: Slots> End for T {
    fn finish(self, id: usize) -> Result<Vec<String>, Fail> {
        Ok(self.texts(id))
    }
}

impl<T: Slots> End for Result<T, Fail> {
    fn finish(self, id: usize) -> Result<Vec<String>, Fail> {
        match self {
            Ok(slots) => Ok(slots.texts(id)),
            Err(Fail::Timed(_)) => Err(Fail::Late(id)),
            Err(fail) => Err(fail),
        }
    }
}

impl<T: End> End for Result<T, TimedOut> {
    fn finish(self, id: usize) -> Result<Vec<String>, Fail> {
        self.map_or(Err(Fail::Late(id)), |end| end.finish(id))
    }
}

impl World {
    /// Runs a `gather!`.
    pub(super) async fn gather(&self, id: usize, gather: &Gather) -> Out {
        let branches = self.runs(&gather.branches);
        let texts = match gather.shape {
            Shape::Spread => self.spread(id, gather, branches).await,
            shape => fixed(id, gather, branches, shape).await,
        };
        match texts {
            Ok(texts) => {
                if texts.iter().any(|text| text == "_") {
                    self.early(id);
                }
                self.result(id, texts.join(","));
                Ok(id)
            }
            Err(fail) => {
                self.early(id);
                Err(fail)
            }
        }
    }

    async fn spread(
        &self,
        id: usize,
        gather: &Gather,
        branches: Vec<Run<'static>>,
    ) -> Result<Vec<String>, Fail> {
        let (timeout, each) = (
            ms(gather.timeout.unwrap_or(0)),
            ms(gather.each.unwrap_or(0)),
        );
        let limit = gather.limit.unwrap_or(0);
        // With a limit branches are made when there is a place.
        let lazily = gather.branches.iter().map(|branch| self.run(branch));
        macro_rules! call {
            ([] $($options:tt)*) => { End::finish(gather!(..branches $($options)*).await, id) };
            ([lazily] $($options:tt)*) => { End::finish(gather!(..lazily $($options)*).await, id) };
        }
        macro_rules! rest {
            ($($options:tt)*) => {
                with_options!(call [$($options)*]
                    gather.each.is_some() => [, each_timeout = each]
                    gather.exceptions => [, return_exceptions = true]
                    gather.typed => [, error = Fail])
            };
        }
        macro_rules! limited {
            ($($options:tt)*) => {
                if gather.limit.is_some() {
                    rest!([lazily] $($options)*, limit = limit)
                } else {
                    rest!([] $($options)*)
                }
            };
        }
        if gather.partial {
            limited!(, timeout = timeout, partial = true)
        } else {
            with_options!(limited [] gather.timeout.is_some() => [, timeout = timeout])
        }
    }
}

async fn fixed(
    id: usize,
    gather: &Gather,
    branches: Vec<Run<'static>>,
    shape: Shape,
) -> Result<Vec<String>, Fail> {
    let (timeout, limit) = (ms(gather.timeout.unwrap_or(0)), gather.limit.unwrap_or(0));
    let mut branches = branches.into_iter();
    macro_rules! next {
        () => {
            branches.next().expect("it was counted")
        };
    }
    macro_rules! shaped {
        ($($options:tt)*) => {
            match (shape, branches.len()) {
                (Shape::Array, _) => call!([..[next!(), next!(), next!()]] $($options)*),
                (Shape::Tuple, 1) => call!([next!()] $($options)*),
                (Shape::Tuple, 2) => call!([next!(), next!()] $($options)*),
                (Shape::Tuple, 3) => call!([next!(), next!(), next!()] $($options)*),
                (Shape::Tuple, 4) => call!([next!(), next!(), next!(), next!()] $($options)*),
                (Shape::Tuple, 5) => call!([next!(), next!(), next!(), next!(), next!()] $($options)*),
                _ => call!([next!(), ..branches] $($options)*),
            }
        };
    }
    macro_rules! call {
        ([$($branches:tt)*] $($options:tt)*) => {
            End::finish(gather!($($branches)* $($options)*).await, id)
        };
    }
    macro_rules! rest {
        ($($options:tt)*) => {
            with_options!(shaped [$($options)*]
                gather.limit.is_some() => [, limit = limit]
                gather.exceptions => [, return_exceptions = true])
        };
    }
    if gather.partial {
        rest!(, timeout = timeout, partial = true)
    } else {
        with_options!(rest [] gather.timeout.is_some() => [, timeout = timeout])
    }
}
