//! The difference between plain and failing groups, as a trait of their modes.

use std::{convert::Infallible, sync::Arc};

use crate::{
    error::{AsDynError, Failures},
    hint::Takes,
    mode::{Failing, Mode, Plain},
    sync::Lock,
};

/// The mode of a group: [`Plain`], or [`Failing<E>`](Failing) in a group that fails with an `E`.
///
/// The trait names the mode in a function that takes groups of any mode. It is sealed: there are no other modes.
///
/// ```
/// use rejoin::{GroupMode, TaskGroup, hint::SendError, task_group};
///
/// fn spawn_all<M: GroupMode + SendError + 'static>(tg: &TaskGroup<'_, (), M>, names: &[&'static str]) {
///     for &name in names {
///         tg.spawn(async move { println!("{name}") });
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// task_group!(|tg| spawn_all(&tg, &["Ada", "Grace"])).await;
///
/// let failing = task_group!(<std::io::Error> |tg| {
///     spawn_all(&tg, &["Ada", "Grace"]);
///     Ok(())
/// });
/// assert!(failing.await.is_ok());
/// # }
/// ```
pub trait GroupMode: Mode<Output<()>: Takes<(), Self::Error, Value = ()>> {
    /// The collection of a group's errors.
    #[doc(hidden)]
    type Errors: Clone;
    /// The output of a group with a value of type `R`.
    #[doc(hidden)]
    type End<R>;

    /// Splits the output of the body into its value and its error.
    #[doc(hidden)]
    fn split<R>(output: Self::Output<R>) -> Result<R, Self::Error>;

    /// Adds an error.
    #[doc(hidden)]
    fn keep(errors: &Self::Errors, error: Self::Error);

    /// Adds an error of a finalizer. The errors of children were added before.
    #[doc(hidden)]
    fn keep_from_clean_up(errors: &Self::Errors, error: Self::Error);

    /// Takes all errors: of children, then of the body, then of finalizers. The result is `None` if there are none.
    #[doc(hidden)]
    fn failures(errors: &Self::Errors, body: Option<Self::Error>) -> Option<Failures<Self::Error>>;

    /// Wraps the result of a group.
    #[doc(hidden)]
    fn end<R>(result: Result<R, Failures<Self::Error>>) -> Self::End<R>;
}

impl GroupMode for Plain {
    type Errors = ();
    type End<R> = R;

    fn split<R>(output: R) -> Result<R, Infallible> {
        Ok(output)
    }

    fn keep((): &(), error: Infallible) {
        match error {}
    }

    fn keep_from_clean_up((): &(), error: Infallible) {
        match error {}
    }

    fn failures((): &(), _: Option<Infallible>) -> Option<Failures<Infallible>> {
        None
    }

    fn end<R>(result: Result<R, Failures<Infallible>>) -> R {
        match result {
            Ok(value) => value,
            Err(_) => unreachable!("a plain group has no errors"),
        }
    }
}

/// The errors of a failing group.
pub struct Errors<E> {
    list: Lock<ErrorList<E>>,
    source: AsDynError<E>,
}

struct ErrorList<E> {
    errors: Vec<E>,
    /// How many errors, at the end of the list, happened in the clean-up.
    of_clean_up: usize,
}

impl<E> Errors<E> {
    pub(super) fn new(source: AsDynError<E>) -> Self {
        Self {
            list: Lock::new(ErrorList {
                errors: Vec::new(),
                of_clean_up: 0,
            }),
            source,
        }
    }
}

impl<E> GroupMode for Failing<E> {
    type Errors = Arc<Errors<E>>;
    type End<R> = Result<R, Failures<E>>;

    fn split<R>(output: Result<R, E>) -> Result<R, E> {
        output
    }

    fn keep(errors: &Arc<Errors<E>>, error: E) {
        errors.list.lock().errors.push(error);
    }

    fn keep_from_clean_up(errors: &Arc<Errors<E>>, error: E) {
        let list = &mut *errors.list.lock();
        list.errors.push(error);
        list.of_clean_up += 1;
    }

    fn failures(errors: &Arc<Errors<E>>, body: Option<E>) -> Option<Failures<E>> {
        let (mut all, of_clean_up) = {
            let list = &mut *errors.list.lock();
            (std::mem::take(&mut list.errors), list.of_clean_up)
        };
        if let Some(error) = body {
            all.insert(all.len() - of_clean_up, error);
        }
        Failures::new(all, errors.source)
    }

    fn end<R>(result: Result<R, Failures<E>>) -> Result<R, Failures<E>> {
        result
    }
}
