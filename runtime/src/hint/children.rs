//! The outputs of children and of clean-up.

use std::convert::Infallible;

use crate::mode::Mode;

/// A group that takes children with the output type `Output`. A plain group takes children with any output. A group that fails with
/// `E` takes children that return a `Result<_, E>` or `()`, or never return.
///
/// The trait is implemented for the return type of a body, `()` or `Result<(), E>`, and not for the output type of the child, so
/// that the compiler can still infer the latter in a plain group.
#[diagnostic::on_unimplemented(
    message = "the output of this child is `{Output}`, but its group fails with `{E}`",
    label = "it must return a `Result<_, {E}>`, or `()`",
    note = "`?` in the child converts an error into the error type of the group; handle any other error in the child"
)]
pub trait Takes<Output, E> {
    /// The output type of the [`Child`](crate::Child).
    type Value;

    /// Splits the output into the value and the error.
    #[doc(hidden)]
    fn split(output: Output) -> Result<Self::Value, E>;
}

#[diagnostic::do_not_recommend]
impl<T> Takes<T, Infallible> for () {
    type Value = T;

    #[inline]
    fn split(output: T) -> Result<T, Infallible> {
        Ok(output)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E> Takes<Result<T, E>, E> for Result<(), E> {
    type Value = T;

    #[inline]
    fn split(output: Result<T, E>) -> Result<T, E> {
        output
    }
}

#[diagnostic::do_not_recommend]
impl<E> Takes<(), E> for Result<(), E> {
    type Value = ();

    #[inline]
    fn split((): ()) -> Self {
        Ok(())
    }
}

/// The return type of a function. Stable Rust can name the type `!` only in this way.
#[doc(hidden)]
pub trait Returns {
    /// The return type.
    type Output;
}

impl<T> Returns for fn() -> T {
    type Output = T;
}

#[diagnostic::do_not_recommend]
impl<E> Takes<<fn() -> ! as Returns>::Output, E> for Result<(), E> {
    type Value = <fn() -> ! as Returns>::Output;

    fn split(never: Self::Value) -> Result<Self::Value, E> {
        never
    }
}

/// The output of a child in a group of the mode `M`.
#[doc(hidden)]
pub trait ChildOutput<M: Mode> {
    /// The output type of the [`Child`](crate::Child).
    type Value;

    /// Splits the output into the value and the error.
    fn split(self) -> Result<Self::Value, M::Error>;
}

impl<O, M: Mode<Output<()>: Takes<O, M::Error>>> ChildOutput<M> for O {
    type Value = <M::Output<()> as Takes<O, M::Error>>::Value;

    #[inline]
    fn split(self) -> Result<Self::Value, M::Error> {
        <M::Output<()> as Takes<O, M::Error>>::split(self)
    }
}

/// A group that takes clean-up with the output type `Output`, which is `()`, or `Result<(), E>` in a group that fails with `E`.
///
/// Like [`Takes`], it is implemented for the return type of a body.
#[diagnostic::on_unimplemented(
    message = "the output of this clean-up is `{Output}`, but its group fails with `{E}`",
    label = "it must return a `Result<(), {E}>`, or `()`"
)]
pub trait TakesCleanUp<Output, E> {
    /// Splits the output into the value and the error.
    #[doc(hidden)]
    fn split(output: Output) -> Result<(), E>;
}

#[diagnostic::do_not_recommend]
impl TakesCleanUp<(), Infallible> for () {
    fn split((): ()) -> Result<(), Infallible> {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E> TakesCleanUp<(), E> for Result<(), E> {
    fn split((): ()) -> Self {
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<E> TakesCleanUp<<fn() -> ! as Returns>::Output, E> for Result<(), E> {
    fn split(never: <fn() -> ! as Returns>::Output) -> Self {
        never
    }
}

#[diagnostic::do_not_recommend]
impl<E> TakesCleanUp<Self, E> for Result<(), E> {
    fn split(output: Self) -> Self {
        output
    }
}
