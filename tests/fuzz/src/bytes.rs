//! A program's bytes.

use crate::child::{Act, Kind};

/// What is left of a program.
pub(crate) struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl<'a> Bytes<'a> {
    pub(crate) fn new(program: &'a [u8]) -> Self {
        Self(program.iter())
    }

    /// The next byte; `None` at the end.
    pub(crate) fn next(&mut self) -> Option<u8> {
        self.0.next().copied()
    }

    /// The next byte, or 0 at the end.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().unwrap_or(0)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    /// A limit, or none.
    pub(crate) fn limit(&mut self) -> Option<usize> {
        match self.below(8) {
            0 => Some(usize::MAX),
            n @ 1..4 => Some(n.into()),
            4 => Some(64),
            _ => None,
        }
    }

    pub(crate) fn kind(&mut self) -> Kind {
        match self.below(16) {
            0 => Kind::Instant,
            1 => Kind::Shy,
            2 => Kind::Hoarding,
            3 => Kind::Restless,
            4 => Kind::PanicsInDrop,
            5 => Kind::WakesInDrop,
            6 => Kind::Failing,
            _ => Kind::Keeping,
        }
    }

    pub(crate) fn act(&mut self) -> Act {
        match self.below(16) {
            0 => Act::Panic,
            1 => Act::WakeUnkept,
            2..5 => Act::WakeSelf,
            5..8 => Act::Wake(self.byte()),
            8 => Act::WakeAway(self.byte()),
            9 => Act::Keep,
            10 => Act::Drop(self.byte()),
            11 => Act::Elsewhere(self.byte()),
            12 | 13 => Act::Finish(self.byte()),
            14 => Act::Fuse(self.byte()),
            _ => Act::Nothing,
        }
    }
}
