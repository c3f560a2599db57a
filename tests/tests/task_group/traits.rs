//! `Send`, `Sync` and `Unpin` of groups and their parts, which follow from what they hold; and their `Debug`.

use std::{
    cell::Cell,
    future::{Future, pending},
    marker::PhantomData,
    rc::Rc,
    sync::{
        MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
};

use rejoin::{
    Child, Failing, Failures, GroupHandle, GroupMode, Plain, TaskGroup, hint::SendError, task_group,
};

/// Whether a type has a trait.
macro_rules! has {
    ($type:ty: $trait:path) => {{
        struct Probe<T>(PhantomData<T>);
        #[allow(dead_code, reason = "where there is no such trait, and elsewhere not")]
        trait Otherwise {
            const HAS: bool = false;
        }
        impl<T> Otherwise for Probe<T> {}
        #[allow(dead_code, reason = "where there is the trait, and elsewhere not")]
        impl<T: $trait> Probe<T> {
            const HAS: bool = true;
        }
        <Probe<$type>>::HAS
    }};
}

/// Whether a value's type has a trait.
macro_rules! value_has {
    ($value:expr, $trait:path) => {{
        struct Probe<T>(PhantomData<T>);
        #[allow(dead_code, reason = "where there is no such trait, and elsewhere not")]
        trait Otherwise {
            fn has(&self) -> bool {
                false
            }
        }
        impl<T> Otherwise for Probe<T> {}
        #[allow(dead_code, reason = "where there is the trait, and elsewhere not")]
        impl<T: $trait> Probe<T> {
            fn has(&self) -> bool {
                true
            }
        }
        fn probe<T>(_: &T) -> Probe<T> {
            Probe(PhantomData)
        }
        probe(&$value).has()
    }};
}

/// `Send`, and not `Sync`.
type Sent = Cell<u8>;
/// `Sync`, and not `Send`.
type Shared = MutexGuard<'static, u8>;
/// Neither.
type Local = Rc<u8>;

#[test]
fn a_child_is_sent_and_shared_where_its_output_is_sent() {
    assert!(has!(Child<u8>: Send) && has!(Child<u8>: Sync));
    assert!(has!(Child<Sent>: Send) && has!(Child<Sent>: Sync));
    assert!(!has!(Child<Local>: Send) && !has!(Child<Local>: Sync));
    assert!(!has!(Child<Shared>: Send) && !has!(Child<Shared>: Sync));
    assert!(has!(Child<Local>: Unpin) && has!(Child<std::marker::PhantomPinned>: Unpin));
}

#[test]
fn a_handle_is_sent_and_shared_where_value_and_error_are_sent() {
    assert!(has!(GroupHandle<u8>: Send) && has!(GroupHandle<u8>: Sync));
    assert!(has!(GroupHandle<Sent, Plain>: Send) && has!(GroupHandle<Sent, Plain>: Sync));
    assert!(
        has!(GroupHandle<u8, Failing<Sent>>: Send) && has!(GroupHandle<u8, Failing<Sent>>: Sync)
    );
    assert!(!has!(GroupHandle<Local>: Send) && !has!(GroupHandle<Local>: Sync));
    assert!(!has!(GroupHandle<u8, Failing<Local>>: Send));
    assert!(!has!(GroupHandle<u8, Failing<Local>>: Sync));
    assert!(has!(GroupHandle<Local, Failing<Local>>: Unpin));
    assert!(has!(GroupHandle<Local, Failing<Local>>: Clone));
}

#[test]
fn so_is_a_group_for_its_body() {
    type Handle<'a, R, M> = TaskGroup<'a, R, M>;
    assert!(has!(Handle<'static, u8, Plain>: Send) && has!(Handle<'static, u8, Plain>: Sync));
    assert!(has!(Handle<'static, Sent, Failing<Sent>>: Send));
    assert!(has!(Handle<'static, Sent, Failing<Sent>>: Sync));
    assert!(!has!(Handle<'static, Local, Plain>: Send));
    assert!(!has!(Handle<'static, Local, Plain>: Sync));
    assert!(!has!(Handle<'static, u8, Failing<Local>>: Send));
    assert!(has!(Handle<'static, Local, Failing<Local>>: Unpin));
    assert!(has!(Handle<'static, Local, Failing<Local>>: Clone));
}

#[test]
fn failures_are_what_their_errors_are() {
    assert!(has!(Failures<u8>: Send) && has!(Failures<u8>: Sync));
    assert!(has!(Failures<Sent>: Send) && !has!(Failures<Sent>: Sync));
    assert!(!has!(Failures<Local>: Send) && !has!(Failures<Local>: Sync));
}

fn with_options() -> impl Future {
    task_group!(
        |tg| {
            tg.spawn_scoped(pending::<()>());
            tg.spawn(async { 5 }).await
        },
        timeout = 1s,
        grace = 1s,
        limit = 5
    )
}

fn with_a_borrow(words: &[String]) -> impl Future {
    task_group!(<String> move |tg| {
        for word in words {
            let own = tg.clone();
            tg.spawn_scoped(async move { Ok(own.spawn_scoped(async move { Ok(word.len()) }).await) });
        }
        Ok(words.first())
    })
}

fn with_a_local_body() -> impl Future {
    task_group!(|tg| {
        let local = Rc::new(5);
        tg.spawn(async {}).await;
        *local
    })
}

fn with_a_local_value() -> impl Future {
    task_group!(|_| Rc::new(5))
}

fn with_a_local_error() -> impl Future {
    task_group!(<Rc<u8>> |_| Ok(()))
}

#[test]
fn a_group_is_sent_if_its_body_value_and_error_are() {
    assert!(value_has!(with_options(), Send));
    assert!(value_has!(with_a_borrow(&[]), Send));
    assert!(!value_has!(with_a_local_body(), Send));
    assert!(!value_has!(with_a_local_value(), Send));
    assert!(!value_has!(with_a_local_error(), Send));
}

#[test]
fn a_group_can_be_moved_between_polls() {
    let group = task_group!(|_| pending::<()>().await);
    assert!(value_has!(group, Unpin));
    let mut first = rejoin_tests::Driver::new(group);
    assert!(first.poll().is_pending());
}

#[tokio::test]
async fn all_of_them_have_a_debug() {
    let group = task_group!(<u8> |tg| {
        let child = tg.spawn(async { Ok(1) });
        assert!(format!("{child:?}").starts_with("Child"));
        assert!(format!("{tg:?}").starts_with("TaskGroup"));
        assert!(format!("{:?}", tg.handle()).starts_with("GroupHandle"));
        assert!(format!("{:?}", tg.cancelled()).starts_with("Cancelled"));
        assert!(format!("{:?}", tg.ready()).starts_with("Ready"));
        Ok(())
    });
    assert!(format!("{group:?}").starts_with("Group"));
    group.await.unwrap();
}

/// Stops a group of any mode.
fn stop<R, M: GroupMode>(tg: &TaskGroup<'_, R, M>, value: R) {
    tg.handle().stop(value);
}

/// Spawns children of all kinds in a group of any mode, and waits until each has added its number.
async fn spawn_all<M: GroupMode + SendError + 'static>(
    tg: &TaskGroup<'_, u32, M>,
    sum: &'static AtomicU32,
) {
    let add = move |n| {
        sum.fetch_add(n, Ordering::Relaxed);
    };
    let task = tg.spawn(async move { add(1) });
    let scoped = tg.spawn_scoped(async move { add(10) });
    let blocking = tg.spawn_blocking(move || add(100));
    let daemon = tg.handle().spawn_daemon(async move { add(1000) });
    ((), (), (), ()) = (task.await, scoped.await, blocking.await, daemon.await);
}

#[tokio::test]
async fn a_function_takes_groups_of_any_mode() {
    static PLAIN: AtomicU32 = AtomicU32::new(0);
    static FAILING: AtomicU32 = AtomicU32::new(0);

    let plain = task_group!(|tg| {
        spawn_all(&tg, &PLAIN).await;
        stop(&tg, PLAIN.load(Ordering::Relaxed));
        pending().await
    });
    assert_eq!(plain.await, 1111);

    let failing = task_group!(<u8> |tg| {
        spawn_all(&tg, &FAILING).await;
        stop(&tg, FAILING.load(Ordering::Relaxed));
        Err(7)
    });
    assert_eq!(failing.await.unwrap(), 1111);
}
