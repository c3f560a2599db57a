//! When a call takes futures out of its iterators, and how it makes futures of its arguments.

/// Makes a future, or an iterator of futures, of an argument that stays where the expansion has put it.
///
/// Until then only references to the argument are passed on, because a build without optimizations copies a value for
/// each function that it is passed through.
pub trait Make<X> {
    /// Makes it.
    fn make(self) -> X;
}

/// A value that has been made already.
pub struct Made<X>(pub(crate) X);

impl<X> Make<X> for Made<X> {
    #[inline]
    fn make(self) -> X {
        self.0
    }
}

/// Supplies futures of the type `F` to a call that starts them as permits are released.
pub trait Supply<F> {
    /// Returns the next future.
    #[doc(hidden)]
    fn draw(&mut self) -> Option<F>;

    /// Returns the lower and the upper bound of the number of futures that are left.
    #[doc(hidden)]
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

/// An iterator that was drained. The type does not mention the iterator, so the future of the call does not depend on
/// the iterator's lifetime or auto traits.
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

/// When the iterators of a call are drained. It is a type, because the remainder of an iterator has a different type in
/// each case.
pub trait Drain: Copy {
    /// The remainder of an iterator after the call.
    type Left<I>;

    /// Returns `from` in `Ok` if it is to be drained at the call, and otherwise the iterator that `make` makes of it in
    /// `Err`.
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

/// With a limit: futures are drawn as permits are released.
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
