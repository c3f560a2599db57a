//! Panics of calls that find no runtime, or one without timers: they lead to the user's own line.

use std::{
    cell::RefCell,
    future::{Future, pending, ready},
    panic::{self, AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Once, mpsc},
    time::Duration,
};

use futures::{FutureExt, executor, poll};
use rejoin::{Pending, as_completed, gather, spawn, spawn_blocking, task_group, wait};
use tokio::{
    runtime::{Builder, Runtime},
    sync::oneshot,
    time::{Instant, sleep},
};

type AnyError = Box<dyn std::error::Error>;

/// A panic as the hook sees it.
#[derive(Debug)]
struct Report {
    message: String,
    file: String,
    line: usize,
}

thread_local! {
    static REPORTS: RefCell<Vec<Report>> = const { RefCell::new(Vec::new()) };
}

/// Returns the panics that `work` raises in this thread, of which the last ends it.
fn reports_of<T>(work: impl FnOnce() -> T) -> Vec<Report> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let (payload, at) = (info.payload(), info.location().expect("it is known"));
            let literal = payload.downcast_ref::<&str>().copied();
            let message = literal.or_else(|| payload.downcast_ref().map(String::as_str));
            let report = Report {
                message: message.unwrap_or_default().to_owned(),
                file: at.file().to_owned(),
                line: at.line() as usize,
            };
            REPORTS.with_borrow_mut(|reports| reports.push(report));
            before(info);
        }));
    });
    REPORTS.take();
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    REPORTS.take()
}

/// Returns the line of this file with a number.
fn source(line: usize) -> &'static str {
    include_str!("messages.rs")
        .lines()
        .nth(line - 1)
        .expect("it is there")
}

/// Runs a future in a runtime that has no timers.
fn without_timers<T>(future: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().build();
    runtime.expect("a runtime can be made").block_on(future)
}

// ---- timers -----------------------------------------------------------------------------------------------------

type Call = fn() -> Pin<Box<dyn Future<Output = ()>>>;

/// A call, with the option that its panic names, and the beginning of the call's source.
type Case = (&'static str, &'static str, Call);

const TIMED: &[Case] = &[
    ("`gather!` with `timeout`", "gather!(", || {
        gather!(pending::<()>(), timeout = 1s)
            .map(drop)
            .boxed_local()
    }),
    ("`gather!` with `timeout`", "gather!(", || {
        gather!(pending::<()>(), timeout = 1s, partial = true)
            .map(drop)
            .boxed_local()
    }),
    ("`gather!` with `timeout`", "gather!(", || {
        gather!(pending::<()>(), timeout = 1s, error = AnyError)
            .map(drop)
            .boxed_local()
    }),
    ("`each_timeout`", "gather!(", || {
        gather!(pending::<()>(), each_timeout = 1s)
            .map(drop)
            .boxed_local()
    }),
    ("`each_timeout`", "gather!(", || {
        gather!(..[pending::<()>()], each_timeout = 1s)
            .map(drop)
            .boxed_local()
    }),
    ("`as_completed!` with `timeout`", "as_completed!(", || {
        async {
            let _ = as_completed!(pending::<()>(), timeout = 1s).next().await;
        }
        .boxed_local()
    }),
    ("`each_timeout`", "as_completed!(", || {
        async {
            let _ = as_completed!(..[pending::<()>()], each_timeout = 1s)
                .next()
                .await;
        }
        .boxed_local()
    }),
    ("`as_completed!` with `timeout`", "as_completed!(", || {
        async { as_completed!(for _ in ..[pending::<()>()] {}, timeout = 1s) }.boxed_local()
    }),
    ("`as_completed!` with `timeout`", "as_completed!(", || {
        async {
            let mut lent = Pending::from_iter([pending::<()>()]);
            as_completed!(for _ in ..&mut lent {}, timeout = 1s);
        }
        .boxed_local()
    }),
    ("`as_completed!` with `timeout`", "as_completed! {", || {
        async {
            as_completed! { _ = pending::<()>() => {}, timeout = 1s }
        }
        .boxed_local()
    }),
    ("`each_timeout`", "as_completed! {", || {
        async {
            as_completed! { _ = pending::<()>() => {}, each_timeout = 1s }
        }
        .boxed_local()
    }),
    ("`wait!` with `timeout`", "wait!(", || {
        wait!(pending::<()>(), timeout = 1s).map(drop).boxed_local()
    }),
    ("`task_group!` with `timeout`", "task_group!(", || {
        task_group!(|_| pending::<()>().await, timeout = 1s)
            .map(drop)
            .boxed_local()
    }),
];

/// Asserts that a panic names the option, and the place in this file where the call stands.
fn assert_leads_to(report: &Report, option: &str, call: &str) {
    let at = report.message.strip_prefix(option);
    let at = at.and_then(|at| at.strip_prefix(" at "));
    let at = at.and_then(|at| at.strip_suffix(" needs a tokio runtime with time enabled"));
    let at = at.and_then(|at| at.strip_prefix(file!()));
    let at = at.unwrap_or_else(|| panic!("{report:?} should name {option}"));
    let numbers: Vec<usize> = at[1..]
        .split(':')
        .map(|number| number.parse().unwrap())
        .collect();
    let [line, column] = numbers[..] else {
        panic!("{report:?}")
    };
    assert!(source(line)[column - 1..].starts_with(call), "{report:?}");
}

#[test]
fn a_deadline_outside_of_a_runtime_panicked_in_the_midst_of_the_library() {
    for (option, call, future) in TIMED {
        let reports = reports_of(|| executor::block_on(future()));
        assert_eq!(reports.len(), 1, "{reports:?}");
        assert_leads_to(&reports[0], option, call);
    }
}

#[test]
fn a_deadline_in_a_runtime_without_timers_did_too() {
    let grace: Case = ("`task_group!` with `grace`", "task_group!(", || {
        let group = task_group!(
            |tg| {
                tg.spawn(pending::<()>());
                tg.stop(());
            },
            grace = 1s
        );
        group.boxed_local()
    });
    for (option, call, future) in TIMED.iter().chain([&grace]) {
        let reports = reports_of(|| without_timers(future()));
        assert_leads_to(reports.last().expect("there was a panic"), option, call);
    }
}

#[test]
fn branches_that_are_ready_at_once_need_no_timer() {
    let branches = async {
        assert_eq!(gather!(ready(1), timeout = 1s).await, Ok((1,)));
        assert_eq!(gather!(..[ready(1)], each_timeout = 1s).await, [Ok(1)]);
        assert_eq!(wait!(ready(1), timeout = 1s).await.0.len(), 1);
    };
    executor::block_on(branches);
}

/// Makes a runtime with a clock of its own.
fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("a runtime can be made")
}

#[test]
fn a_deadline_whose_runtime_was_shut_down_panicked_in_the_midst_of_tokio() {
    for (option, _, future) in TIMED {
        for pause in [0, 2] {
            let mut future = future();
            let begun = paused().block_on(async {
                assert!(poll!(&mut future).is_pending());
                Instant::now()
            });
            // In another runtime it goes on, and counts from its first poll.
            paused().block_on(async {
                sleep(Duration::from_secs(pause)).await;
                let start = Instant::now();
                future.await;
                let left = Duration::from_secs(1_u64.saturating_sub(pause));
                assert!(start.elapsed() <= left, "{option}");
                assert!(begun.elapsed() >= Duration::from_secs(1), "{option}");
            });
        }
    }
}

// ---- tasks ------------------------------------------------------------------------------------------------------

#[test]
fn a_child_outside_of_a_runtime_panicked_in_the_midst_of_the_library() {
    let message = "`task_group!` needs a tokio runtime to spawn tasks";
    let cases: [(&str, Call); 5] = [
        ("tg.spawn(", || {
            task_group!(|tg| drop(tg.spawn(ready(())))).boxed_local()
        }),
        ("tg.spawn_daemon(", || {
            task_group!(|tg| drop(tg.spawn_daemon(ready(())))).boxed_local()
        }),
        ("tg.spawn_blocking(", || {
            task_group!(|tg| drop(tg.spawn_blocking(|| ()))).boxed_local()
        }),
        ("tg.handle().spawn(", || {
            task_group!(|tg| drop(tg.handle().spawn(ready(())))).boxed_local()
        }),
        ("tg.spawn(", || {
            task_group!(|tg| drop(tg.spawn(ready(()))), limit = 1).boxed_local()
        }),
    ];
    for (call, future) in cases {
        let reports = reports_of(|| executor::block_on(future()));
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!(report.message, message);
        assert_eq!(report.file, file!());
        assert!(source(report.line).contains(call), "{report:?}");
    }
}

#[test]
fn a_task_outside_of_a_runtime_panics_where_it_is_spawned() {
    let cases: [(&str, fn()); 2] = [
        ("spawn(ready", || spawn(ready(())).detach()),
        ("spawn_blocking(", || spawn_blocking(|| ()).detach()),
    ];
    for (call, spawn) in cases {
        let reports = reports_of(spawn);
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!(report.file, file!());
        assert!(source(report.line).contains(call), "{report:?}");
    }
}

// ---- groups -----------------------------------------------------------------------------------------------------

/// Blocks on a group that is aborted meanwhile, and sends how many panics the hook has seen.
fn block_on_aborted(
    group: impl Future<Output = ()>,
    begun: oneshot::Sender<()>,
    seen: &mpsc::Sender<usize>,
) {
    tokio::task::block_in_place(|| {
        begun.send(()).expect("the group waits for it");
        let reports = reports_of(|| executor::block_on(group));
        seen.send(reports.len()).expect("the test waits for it");
    });
}

/// Inside of the group around it, the panic only unwinds children that are aborted, too.
#[test]
fn a_group_that_is_aborted_with_the_group_around_it_reports_a_panic_outside_of_that_only() {
    let runtime = Builder::new_multi_thread().worker_threads(2).build();
    let runtime = runtime.expect("a runtime can be made");
    for (blocks_in, expected) in [("child", 0), ("grandchild", 0), ("another task", 1)] {
        let (sender, seen) = mpsc::channel();
        runtime.block_on(task_group!(move |outer| {
            let (begun, begins) = oneshot::channel();
            outer.spawn(async move {
                let mut inner = task_group!(|_inner| pending::<()>().await).boxed();
                assert!(poll!(&mut inner).is_pending());
                match blocks_in {
                    "child" => block_on_aborted(inner, begun, &sender),
                    "grandchild" => {
                        task_group!(move |middle| {
                            middle.spawn(async move { block_on_aborted(inner, begun, &sender) });
                        })
                        .await;
                    }
                    _ => {
                        tokio::spawn(async move { block_on_aborted(inner, begun, &sender) });
                        pending::<()>().await;
                    }
                }
            });
            begins.await.expect("it blocks");
            outer.stop(());
            pending::<()>().await;
        }));
        let reports = seen.recv().expect("it has ended");
        assert_eq!(reports, expected, "{blocks_in}");
    }
}
