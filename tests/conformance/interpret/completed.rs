//! `as_completed!`, in every form.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rejoin::{Pending, TimedOut, as_completed};

use super::{Fail, Out, World, ms, text, with_options};
use crate::program::{Completed, Form};

/// What a branch gives where the macro does not count.
type Indexed = Pin<Box<dyn Future<Output = (usize, Out)> + Send>>;

/// What is handed out: the index and the result, or nothing when it is late.
trait Item {
    fn text(&self, id: usize) -> Option<String>;
}

impl Item for (usize, Out) {
    fn text(&self, _: usize) -> Option<String> {
        Some(format!("{}:{}", self.0, text(&self.1)))
    }
}

impl Item for (usize, Result<Out, TimedOut>) {
    fn text(&self, id: usize) -> Option<String> {
        let out = self.1.unwrap_or(Err(Fail::Late(id)));
        (self.0, out).text(id)
    }
}

impl<T: Item> Item for Result<T, TimedOut> {
    fn text(&self, id: usize) -> Option<String> {
        self.as_ref().ok()?.text(id)
    }
}

impl World {
    /// Runs an `as_completed!`.
    pub(super) async fn completed(&self, id: usize, completed: &Completed) {
        let all = match completed.form {
            Form::Stream => self.stream(id, completed).await,
            Form::Loop => self.as_loop(id, completed).await,
            Form::ForEach => self.for_each(id, completed).await,
            Form::Lent => self.lent(id, completed).await,
            Form::Arms => self.arms(id, completed).await,
        };
        if !all {
            self.early(id);
        }
    }

    /// Takes an item; whether it is one, and not the deadline.
    fn take<T: Item>(&self, id: usize, item: &T) -> bool {
        let text = item.text(id);
        let is_item = text.is_some();
        self.note(id, text.unwrap_or_else(|| "late".to_owned()));
        is_item
    }

    fn indexed(&self, completed: &Completed) -> Vec<Indexed> {
        let runs = self.runs(&completed.branches).into_iter().enumerate();
        let indexed = |(index, run)| -> Indexed { Box::pin(async move { (index, run.await) }) };
        runs.map(indexed).collect()
    }

    async fn stream(&self, id: usize, completed: &Completed) -> bool {
        let (timeout, each) = (
            ms(completed.timeout.unwrap_or(0)),
            ms(completed.each.unwrap_or(0)),
        );
        let limit = completed.limit.unwrap_or(0);
        let branches = || completed.branches.iter().map(|branch| self.run(branch));
        let mut pushes = completed.pushes.iter();
        macro_rules! call {
            ($($options:tt)*) => {{
                let mut results = as_completed!(..branches() $($options)*).indexed();
                let mut handed = 0;
                loop {
                    let Some(item) = results.next().await else { break true };
                    if !self.take(id, &item) {
                        break false;
                    }
                    handed += 1;
                    if Some(handed) == completed.stop_after {
                        break false;
                    }
                }
            }};
        }
        // What is pushed to has no indices, but an index for each push.
        macro_rules! pushed {
            ($($options:tt)*) => {{
                let branches = self.indexed(completed);
                let mut results = as_completed!(..branches $($options)*);
                let (mut handed, mut index) = (0, completed.branches.len());
                loop {
                    let Some(item) = results.next().await else { break true };
                    if !self.take(id, &item) {
                        break false;
                    }
                    if let Some(push) = pushes.next() {
                        let run = self.run(push);
                        assert_eq!(results.push(Box::pin(async move { (index, run.await) })), index);
                        index += 1;
                    }
                    handed += 1;
                    if Some(handed) == completed.stop_after {
                        break false;
                    }
                }
            }};
        }
        if completed.pushes.is_empty() {
            with_options!(call []
                completed.timeout.is_some() => [, timeout = timeout]
                completed.each.is_some() => [, each_timeout = each]
                completed.limit.is_some() => [, limit = limit])
        } else {
            with_options!(pushed [] completed.timeout.is_some() => [, timeout = timeout])
        }
    }

    async fn as_loop(&self, id: usize, completed: &Completed) -> bool {
        let (timeout, limit) = (
            ms(completed.timeout.unwrap_or(0)),
            completed.limit.unwrap_or(0),
        );
        let (branches, mut handed, mut all) = (self.indexed(completed), 0, true);
        macro_rules! call {
            ($($options:tt)*) => {
                as_completed!(for item in ..branches {
                    if !self.take(id, &item) {
                        all = false;
                        continue;
                    }
                    if let Some(Some(body)) = completed.bodies.get(handed) {
                        let _ = self.run(body).await;
                    }
                    handed += 1;
                    if Some(handed) == completed.stop_after {
                        all = false;
                        break;
                    }
                } $($options)*)
            };
        }
        with_options!(call []
            completed.timeout.is_some() => [, timeout = timeout]
            completed.limit.is_some() => [, limit = limit]);
        all
    }

    async fn for_each(&self, id: usize, completed: &Completed) -> bool {
        let (timeout, limit) = (
            ms(completed.timeout.unwrap_or(0)),
            completed.limit.unwrap_or(0),
        );
        let (branches, late) = (self.indexed(completed), Arc::new(AtomicBool::new(false)));
        // The body owns what it uses, so that its future is `Send`.
        let (world, is_late) = (self.clone(), Arc::clone(&late));
        let mut bodies = completed.bodies.clone().into_iter();
        macro_rules! call {
            ($($options:tt)*) => {
                as_completed!(..branches $($options)*)
                    .for_each(move |item| {
                        let (world, is_late, body) = (world.clone(), Arc::clone(&is_late), bodies.next());
                        async move {
                            if !world.take(id, &item) {
                                is_late.store(true, Ordering::Relaxed);
                            } else if let Some(Some(body)) = body {
                                let _ = world.run(&body).await;
                            }
                        }
                    })
                    .await
            };
        }
        with_options!(call []
            completed.timeout.is_some() => [, timeout = timeout]
            completed.limit.is_some() => [, limit = limit]);
        !late.load(Ordering::Relaxed)
    }

    async fn lent(&self, id: usize, completed: &Completed) -> bool {
        let (timeout, limit) = (
            ms(completed.timeout.unwrap_or(0)),
            completed.limit.unwrap_or(0),
        );
        let mut pending = Pending::from_iter(self.indexed(completed));
        let (mut pushes, mut handed, mut index) =
            (completed.pushes.iter(), 0, completed.branches.len());
        macro_rules! call {
            ($($options:tt)*) => {
                as_completed!(for item in ..&mut pending {
                    if !self.take(id, &item) {
                        continue;
                    }
                    if let Some(Some(body)) = completed.bodies.get(handed) {
                        let _ = self.run(body).await;
                    }
                    if let Some(push) = pushes.next() {
                        let run = self.run(push);
                        assert_eq!(pending.push(Box::pin(async move { (index, run.await) })), index);
                        index += 1;
                    }
                    handed += 1;
                    if Some(handed) == completed.stop_after {
                        break;
                    }
                } $($options)*)
            };
        }
        with_options!(call []
            completed.timeout.is_some() => [, timeout = timeout]
            completed.limit.is_some() => [, limit = limit]);
        if completed.drains {
            while pending.next().await.is_some() {}
            return true;
        }
        pending.is_empty()
    }

    async fn arms(&self, id: usize, completed: &Completed) -> bool {
        let limit = completed.limit.unwrap_or(0);
        let (mut branches, mut handed, mut all) = (self.indexed(completed).into_iter(), 0, true);
        let (first, second) = (branches.next().expect("two"), branches.next().expect("two"));
        macro_rules! body {
            ($item:ident) => {{
                self.take(id, &$item);
                handed += 1;
                if Some(handed) == completed.stop_after {
                    all = false;
                    break;
                }
            }};
        }
        if completed.limit.is_some() {
            as_completed! {
                item = first => body!(item),
                item = second => body!(item),
                item in ..branches => body!(item),
                limit = limit
            }
        } else {
            as_completed! {
                item = first => body!(item),
                item = second => body!(item),
                item in ..branches => body!(item),
            }
        }
        all
    }
}
