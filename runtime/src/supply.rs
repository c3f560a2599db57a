//! How a call makes futures of its arguments, when it takes them out of its iterators, and what is left of those then.

/// Makes a future, or an iterator of some, of an argument that lies where the expansion has put it.
///
/// Until then only its place is handed on: in a build that is not optimized, each function that a value is handed through
/// copies it.
pub trait Make<X> {
    /// Makes it.
    fn make(self) -> X;
}

/// What is there already.
pub struct Made<X>(pub(crate) X);

impl<X> Make<X> for Made<X> {
    #[inline]
    fn make(self) -> X {
        self.0
    }
}

/// Gives futures, an `F` each, to a call that takes more of them as places come free.
pub trait Supply<F> {
    /// Gives the next one.
    fn draw(&mut self) -> Option<F>;

    /// Returns how many are left, at least and at most.
    fn left(&self) -> (usize, Option<usize>);
}

impl<I: Iterator> Supply<I::Item> for I {
    #[inline]
    fn draw(&mut self) -> Option<I::Item> {
        Iterator::next(self)
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        Iterator::size_hint(self)
    }
}

/// An iterator that was drained, of which nothing is left. It is of no type that a call can be asked for, so that neither a lifetime nor anything
/// else of the iterator's type is left in the future of the call.
pub enum Exhausted {}

impl<F> Supply<F> for Exhausted {
    #[inline]
    fn draw(&mut self) -> Option<F> {
        match *self {}
    }

    #[inline]
    fn left(&self) -> (usize, Option<usize>) {
        match *self {}
    }
}

/// When the iterators of a call are drained. It is a type, because what is left of them is of one type or the other.
pub trait Drain: Copy {
    /// What is left of an iterator after the call.
    type Left<I>;

    /// Gives `from` back where what is made of it is drained at the call, or else makes it, as what is left.
    fn part<P, I>(from: P, make: impl FnOnce(P) -> I) -> Result<P, Self::Left<I>>;

    /// Returns how many branches may run at once, if there is a limit.
    fn limit(self) -> Option<usize>;
}

/// Without a limit: at the call.
#[derive(Clone, Copy)]
pub struct AtCall;

impl Drain for AtCall {
    type Left<I> = Exhausted;

    #[inline]
    fn part<P, I>(from: P, _: impl FnOnce(P) -> I) -> Result<P, Exhausted> {
        Ok(from)
    }

    #[inline]
    fn limit(self) -> Option<usize> {
        None
    }
}

/// With a limit: as places come free.
#[derive(Clone, Copy)]
pub struct UnderLimit(pub(crate) usize);

impl Drain for UnderLimit {
    type Left<I> = I;

    #[inline]
    fn part<P, I>(from: P, make: impl FnOnce(P) -> I) -> Result<P, I> {
        Err(make(from))
    }

    #[inline]
    fn limit(self) -> Option<usize> {
        Some(self.0)
    }
}
