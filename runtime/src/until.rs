//! `until`: a future that ends a call when it completes.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tokio::task::unconstrained;

use crate::{
    end_policy::{Begun, EndPolicy, UntilEnd},
    error::{Stopped, TimedOut},
    panics::Panics,
    set::{Progress, StaticSet},
};

pin_project! {
    /// The future of `until`. It has a waker of its own, so a wake of a branch does not poll it.
    pub struct Until<F> {
        // `None` after it has completed or was dropped.
        #[pin]
        future: Option<F>,
        // Has the future as its only branch.
        wakes: StaticSet,
    }

    impl<F> PinnedDrop for Until<F> {
        fn drop(this: Pin<&mut Self>) {
            this.discard();
        }
    }
}

impl<F> Until<F> {
    pub(crate) const fn new(future: F) -> Self {
        Self {
            future: Some(future),
            wakes: StaticSet::new(1, 1),
        }
    }

    /// Drops the future. Later wakes have no effect.
    pub(crate) fn discard(self: Pin<&mut Self>) {
        let mut this = self.project();
        let mut panics = Panics::default();
        panics.run(|| this.future.set(None));
        panics.run(|| this.wakes.end());
        panics.resume();
    }
}

impl<F: Future> Until<F> {
    /// Polls the future if it was woken, and at first. Returns whether it has completed; it is dropped then.
    ///
    /// It is polled outside of tokio's cooperative budget, because busy branches that use up the budget must not delay the end of
    /// the call.
    pub(crate) fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> bool {
        let this = self.as_mut().project();
        let (mut future, wakes) = (this.future, this.wakes);
        let turn = poll_fn(|cx| {
            Poll::Ready(wakes.poll(cx, true, &mut |_, cx| {
                let future = future.as_mut().as_pin_mut();
                future.is_some_and(|future| future.poll(cx).map(drop).is_ready())
            }))
        });
        let has_completed =
            pin!(unconstrained(turn)).poll(cx) == Poll::Ready(Progress::Stopped(()));
        if has_completed {
            self.discard();
        }
        has_completed
    }
}

/// The policy `C` in a call with `until = F`.
#[allow(
    missing_debug_implementations,
    reason = "only expansions name the type"
)]
pub struct UntilPolicy<C, F> {
    policy: C,
    // In a box, so that a stream can be moved.
    until: Pin<Box<Until<F>>>,
    end: Option<UntilEnd>,
}

impl<C, F> UntilPolicy<C, F> {
    pub(crate) fn new(policy: C, until: Until<F>) -> Self {
        Self {
            policy,
            until: Box::pin(until),
            end: None,
        }
    }
}

impl<C: EndPolicy, F: Future> EndPolicy for UntilPolicy<C, F> {
    type Item<T> = C::Item<T>;

    fn item<T>(output: T) -> C::Item<T> {
        C::item(output)
    }

    fn timeout_item<T>(error: TimedOut) -> Option<C::Item<T>> {
        C::timeout_item(error)
    }

    fn stopped_item<T>() -> Option<C::Item<T>> {
        C::stopped_item()
    }

    fn named(self, option: &'static str) -> Self {
        Self {
            policy: self.policy.named(option),
            ..self
        }
    }

    fn begin(&mut self) -> Begun {
        self.policy.begin()
    }

    fn poll_until(
        &mut self,
        cx: &mut Context<'_>,
        panics: &mut Panics,
        stop: impl FnOnce(UntilEnd),
    ) -> bool {
        let mut has_completed = false;
        panics.run(|| has_completed = self.until.as_mut().poll(cx));
        let end = if panics.is_some() {
            UntilEnd::Panicked
        } else if has_completed {
            UntilEnd::Completed
        } else {
            return false;
        };
        panics.run(|| stop(end));
        self.discard_until(panics);
        let has_panicked = panics.is_some();
        self.end = Some(if has_panicked {
            UntilEnd::Panicked
        } else {
            end
        });
        true
    }

    fn is_stopped(&self) -> bool {
        assert!(
            self.end != Some(UntilEnd::Panicked),
            "a call was polled after a panic of its `until`"
        );
        self.end.is_some()
    }

    fn discard_until(&mut self, panics: &mut Panics) {
        panics.run(|| self.until.as_mut().discard());
    }

    fn poll(&mut self, cx: &mut Context<'_>, cut: bool, close: impl FnOnce()) -> Option<TimedOut> {
        self.policy.poll(cx, cut, close)
    }

    fn end(&mut self, error: Option<TimedOut>) {
        self.policy.end(error);
        let mut panics = Panics::default();
        self.discard_until(&mut panics);
        panics.resume();
    }

    fn is_over(&self) -> bool {
        self.end.is_some() || self.policy.is_over()
    }

    fn is_late(&self) -> bool {
        self.policy.is_late()
    }

    fn take_late<T>(&mut self) -> Option<C::Item<T>> {
        self.policy.take_late()
    }

    fn hint(&self, ready: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        if self.end.is_some() {
            return (0, Some(0));
        }
        // Results that are ready are dropped if the call ends before they are yielded.
        (0, self.policy.hint(ready, least, most).1)
    }
}

/// The policy of a group with `until`: its output is `Ok`, or an `Err` if `until` has ended the group.
#[derive(Debug)]
pub struct StoppedItem;

impl EndPolicy for StoppedItem {
    type Item<T> = Result<T, Stopped>;

    fn item<T>(output: T) -> Result<T, Stopped> {
        Ok(output)
    }

    fn timeout_item<T>(_: TimedOut) -> Option<Result<T, Stopped>> {
        None
    }

    fn stopped_item<T>() -> Option<Result<T, Stopped>> {
        Some(Err(Stopped))
    }

    fn named(self, _: &'static str) -> Self {
        self
    }

    fn begin(&mut self) -> Begun {
        Begun::Now
    }

    fn poll(&mut self, _: &mut Context<'_>, _: bool, _: impl FnOnce()) -> Option<TimedOut> {
        None
    }

    fn end(&mut self, _: Option<TimedOut>) {}

    fn is_over(&self) -> bool {
        false
    }

    fn is_late(&self) -> bool {
        false
    }

    fn take_late<T>(&mut self) -> Option<Result<T, Stopped>> {
        None
    }

    fn hint(&self, _: usize, least: usize, most: Option<usize>) -> (usize, Option<usize>) {
        (least, most)
    }
}
