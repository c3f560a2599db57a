//! `task_group!`, plain and failing.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use rejoin::{Failures, TimedOut, task_group};

use super::{Fail, Out, World, ms, text, with_options};
use crate::program::Group;

impl World {
    /// Runs a `task_group!`.
    pub(super) async fn group(&self, id: usize, group: &Group) -> Out {
        let (timeout, limit) = (ms(group.timeout.unwrap_or(0)), group.limit.unwrap_or(0));
        let stopped = Arc::new(AtomicBool::new(false));
        macro_rules! plain {
            ($($options:tt)*) => {{
                let end = task_group!(|tg| {
                    plain::Place::new(self, &stopped, tg).script(Arc::clone(&group.body)).await
                } $($options)*);
                self.group_end(id, &stopped, end.await)
            }};
        }
        macro_rules! failing {
            ($($options:tt)*) => {{
                let end = task_group!(|tg| {
                    failing::Place::new(self, &stopped, tg).script(Arc::clone(&group.body)).await
                } $($options)*, error = Fail);
                self.group_end(id, &stopped, end.await)
            }};
        }
        if group.fails {
            with_options!(failing []
                group.timeout.is_some() => [, timeout = timeout]
                group.limit.is_some() => [, limit = limit])
        } else {
            with_options!(plain []
                group.timeout.is_some() => [, timeout = timeout]
                group.limit.is_some() => [, limit = limit])
        }
    }

    /// Notes what a group gave.
    fn group_end<E: End>(&self, id: usize, stopped: &AtomicBool, end: E) -> Out {
        let (out, result) = end.split(id);
        self.result(id, result);
        if out.is_err() || stopped.load(Ordering::Relaxed) {
            self.early(id);
        }
        out
    }
}

/// What a child or a body gives, as it stands in outcomes.
trait Value {
    fn text(&self) -> String;
}

impl Value for usize {
    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for Out {
    fn text(&self) -> String {
        text(self)
    }
}

/// What a group gives: for its node, and in words.
trait End {
    fn split(self, id: usize) -> (Out, String);
}

impl<V: Value> End for V {
    fn split(self, id: usize) -> (Out, String) {
        (Ok(id), self.text())
    }
}

impl End for Result<usize, Failures<Fail>> {
    fn split(self, id: usize) -> (Out, String) {
        match self {
            Ok(value) => value.split(id),
            Err(failures) => {
                let all: Vec<_> = failures.iter().map(ToString::to_string).collect();
                (Err(Fail::Group(id)), all.join(","))
            }
        }
    }
}

impl<T: End> End for Result<T, TimedOut> {
    fn split(self, id: usize) -> (Out, String) {
        match self {
            Ok(end) => end.split(id),
            Err(_) => (Err(Fail::Late(id)), String::new()),
        }
    }
}

/// The scripts of groups of one mode: they give an `Out`, and whoever awaits a child gets a `$value` of it.
macro_rules! mode {
    ($module:ident, $mode:ty, $value:ty, $stop:expr) => {
        mod $module {
            use std::sync::{
                Arc,
                atomic::{AtomicBool, Ordering},
            };

            use rejoin::{Child, GroupHandle, TaskGroup};

            use super::{Fail, Value};
            use crate::{
                interpret::{Run, World},
                program::{Script, Statement},
            };

            /// What a script spawns with.
            #[derive(Clone)]
            enum Spawner<'a> {
                Scope(TaskGroup<'a, $value, $mode>),
                Task(GroupHandle<$value, $mode>),
            }

            /// The group that a script belongs to.
            #[derive(Clone)]
            pub(super) struct Place<'a> {
                world: World,
                /// Whether the group was stopped.
                stopped: Arc<AtomicBool>,
                spawner: Spawner<'a>,
            }

            impl<'a> Place<'a> {
                pub(super) fn new(
                    world: &World,
                    stopped: &Arc<AtomicBool>,
                    tg: TaskGroup<'a, $value, $mode>,
                ) -> Self {
                    Self {
                        world: world.clone(),
                        stopped: Arc::clone(stopped),
                        spawner: Spawner::Scope(tg),
                    }
                }

                fn handle(&self) -> GroupHandle<$value, $mode> {
                    match &self.spawner {
                        Spawner::Scope(tg) => tg.handle(),
                        Spawner::Task(handle) => handle.clone(),
                    }
                }

                fn child(self, script: &Arc<Script>) -> Run<'a> {
                    let script = Arc::clone(script);
                    Box::pin(async move {
                        let mut running = self.world.begin(script.id);
                        let out = self.script(script).await;
                        running.end(&out);
                        out
                    })
                }

                fn task(&self, script: &Arc<Script>) -> Child<$value> {
                    let handle = self.handle();
                    let place = Place {
                        spawner: Spawner::Task(handle.clone()),
                        world: self.world.clone(),
                        stopped: Arc::clone(&self.stopped),
                    };
                    match &self.spawner {
                        Spawner::Scope(tg) => tg.spawn(place.child(script)),
                        Spawner::Task(_) => handle.spawn(place.child(script)),
                    }
                }

                fn scope(&self, script: &Arc<Script>) -> Child<$value> {
                    match &self.spawner {
                        Spawner::Scope(tg) => tg.spawn_scoped(self.clone().child(script)),
                        // A task cannot: it spawns another.
                        Spawner::Task(_) => self.task(script),
                    }
                }

                /// Runs the statements of the body or of a child.
                pub(super) fn script(self, script: Arc<Script>) -> Run<'a> {
                    Box::pin(async move {
                        let id = script.id;
                        let mut children = vec![];
                        for statement in &script.statements {
                            match statement {
                                Statement::Run(node) => {
                                    self.world.run(node).await?;
                                }
                                Statement::Task(script) => children.push(Some(self.task(script))),
                                Statement::Scope(script) => children.push(Some(self.scope(script))),
                                Statement::Await(child) => {
                                    let child = children[*child].take().expect("it is taken once");
                                    let value = child.await;
                                    self.world.note(id, format!("await {}", value.text()));
                                }
                                Statement::Cancel(child) => {
                                    let child = children[*child].take().expect("it is taken once");
                                    let value = child.cancel().await;
                                    let text =
                                        value.map_or_else(|| "_".to_owned(), |value| value.text());
                                    self.world.note(id, format!("cancel {text}"));
                                }
                                Statement::Stop => {
                                    let handle = self.handle();
                                    if !handle.is_cancelled() {
                                        self.stopped.store(true, Ordering::Relaxed);
                                    }
                                    handle.stop($stop(id));
                                }
                            }
                        }
                        Ok::<_, Fail>(id)
                    })
                }
            }
        }
    };
}

mode!(plain, rejoin::Plain, super::Out, Ok);
mode!(
    failing,
    rejoin::Failing<Fail>,
    usize,
    std::convert::identity
);
