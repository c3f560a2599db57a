//! Futures with a key, which their result keeps.

use std::{
    fmt,
    future::{Future, IntoFuture},
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    error::At,
    mode::{AsKeyedResult, AsResult, AsResultWithoutKey},
    set::{Entry, Sum},
};

pin_project! {
    /// A future with a key: its output is `(K, F::Output)`. [`keyed`] creates it.
    ///
    /// The macros treat it like an element of a spread of pairs: options wrap the output inside of the pair, a `gather!` fails with an
    /// [`At`], and `return_when` looks at the `Result` beside the key.
    ///
    /// # Panics
    ///
    /// If it is polled after it was ready.
    #[must_use = "futures do nothing unless awaited: add `.await`"]
    pub struct Keyed<K, F> {
        // Taken when the future is ready.
        key: Option<K>,
        #[pin]
        future: F,
    }
}

/// Adds a key to a future. The output becomes `(key, output)`.
///
/// A spread of pairs does the same for each of its futures: `gather!(..urls.map(|url| (url, fetch(url))))`. Write `keyed` for a single
/// branch, and for the futures of a [`Pending`](crate::Pending) or of [`push`](crate::AsCompleted::push).
///
/// ```
/// # #[tokio::main(flavor = "current_thread", start_paused = true)] async fn main() {
/// use rejoin::{Pending, keyed};
/// use std::time::Duration;
///
/// async fn fetch(ms: u64) -> u64 {
///     tokio::time::sleep(Duration::from_millis(ms)).await;
///     ms
/// }
///
/// let mut pending = Pending::new();
/// pending.push(keyed("slow", fetch(20)));
/// pending.push(keyed("fast", fetch(10)));
/// assert_eq!(pending.next().await, Some(("fast", 10)));
/// assert_eq!(pending.next().await, Some(("slow", 20)));
/// # }
/// ```
pub fn keyed<K, F: IntoFuture>(key: K, future: F) -> Keyed<K, F::IntoFuture> {
    Keyed {
        key: Some(key),
        future: future.into_future(),
    }
}

/// The panic message for a future that is polled again.
const TAKEN: &str = "a keyed future was polled after it was ready";

impl<K, F: Future> Future for Keyed<K, F> {
    type Output = (K, F::Output);

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        assert!(this.key.is_some(), "{TAKEN}");
        let output = ready!(this.future.poll(cx));
        Poll::Ready((this.key.take().expect(TAKEN), output))
    }
}

impl<K: fmt::Debug, F> fmt::Debug for Keyed<K, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyed")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A type of futures that all have a key.
#[diagnostic::on_unimplemented(
    message = "the type of these futures must be known at the call",
    label = "add a type annotation where they come from"
)]
pub trait KeyedFuture: Future<Output = (Self::Key, Self::Value)> {
    /// The key.
    type Key;
    /// The output beside the key.
    type Value;
}

impl<K, F: Future> KeyedFuture for Keyed<K, F> {
    type Key = K;
    type Value = F::Output;
}

impl<F: KeyedFuture> KeyedFuture for Entry<F> {
    type Key = F::Key;
    type Value = F::Value;
}

impl<F, G> KeyedFuture for Sum<F, G>
where
    F: KeyedFuture,
    G: KeyedFuture<Key = F::Key, Value = F::Value>,
{
    type Key = F::Key;
    type Value = F::Value;
}

/// A future that returns its key when it is abandoned before it is ready, because a deadline has passed.
pub trait TakeKey<K> {
    /// Takes the key out of a future that is not ready. It is not polled after that.
    fn take_key(self: Pin<&mut Self>) -> K;
}

impl<K, F> TakeKey<K> for Keyed<K, F> {
    fn take_key(self: Pin<&mut Self>) -> K {
        self.project().key.take().expect(TAKEN)
    }
}

/// Whether the futures of an argument have keys, and where the keys go.
pub trait Key {
    /// The output of a future with the result `T`. For example, a pair of the key and `T`.
    type Output<T>;
    /// The error of a gather if a future fails with an `E`.
    type Error<E>;
    /// The rule by which a gather splits an `Output` of a `Result`.
    type Rule;
    /// The same in a call with an error type.
    type Named: Key;

    /// Converts the part of an output that is not the key.
    fn map<T, U>(output: Self::Output<T>, convert: impl FnOnce(T) -> U) -> Self::Output<U>;
}

/// The keys of futures of the type `F`.
pub trait KeyOf<F>: Key {
    /// Returns the output of a future that is abandoned before it is ready, with the result `value`.
    fn output<T>(future: Pin<&mut F>, value: T) -> Self::Output<T>;
}

/// No key.
pub enum NoKey {}

/// A key that is kept in values and in errors.
pub struct KeepKey<K>(PhantomData<fn() -> K>);

/// A key that is kept in values. Errors are converted to the error type of the call.
pub struct KeepKeyInValues<K>(PhantomData<fn() -> K>);

impl Key for NoKey {
    type Output<T> = T;
    type Error<E> = E;
    type Rule = AsResult;
    type Named = Self;

    #[inline]
    fn map<T, U>(output: T, convert: impl FnOnce(T) -> U) -> U {
        convert(output)
    }
}

impl<F> KeyOf<F> for NoKey {
    #[inline]
    fn output<T>(_: Pin<&mut F>, value: T) -> T {
        value
    }
}

impl<K> Key for KeepKey<K> {
    type Output<T> = (K, T);
    type Error<E> = At<K, E>;
    type Rule = AsKeyedResult;
    type Named = KeepKeyInValues<K>;

    #[inline]
    fn map<T, U>((key, output): (K, T), convert: impl FnOnce(T) -> U) -> (K, U) {
        (key, convert(output))
    }
}

impl<K, F: TakeKey<K>> KeyOf<F> for KeepKey<K> {
    fn output<T>(future: Pin<&mut F>, value: T) -> (K, T) {
        (future.take_key(), value)
    }
}

impl<K> Key for KeepKeyInValues<K> {
    type Output<T> = (K, T);
    type Error<E> = E;
    type Rule = AsResultWithoutKey;
    type Named = Self;

    #[inline]
    fn map<T, U>((key, output): (K, T), convert: impl FnOnce(T) -> U) -> (K, U) {
        (key, convert(output))
    }
}

impl<K, F: TakeKey<K>> KeyOf<F> for KeepKeyInValues<K> {
    fn output<T>(future: Pin<&mut F>, value: T) -> (K, T) {
        (future.take_key(), value)
    }
}
