//! `Send`, `Sync`, `Unpin` and `UnwindSafe` of every public type, with parts that have them and parts that have not.

use std::{
    cell::Cell,
    future::Future,
    marker::{PhantomData, PhantomPinned},
    panic::UnwindSafe,
    pin::Pin,
    rc::Rc,
    sync::MutexGuard,
    task::{Context, Poll},
};

use rejoin::{
    Catch, Child, Done, Failing, Failures, GroupHandle, Panicked, Pending, Plain, Task, TaskGroup,
    TimedOut, as_completed, done,
    future::{Cancelled, Drive, Next, Ready},
    gather, task_group, wait,
};

/// Asks for the auto traits of a type, without an error where it has one not: an inherent method, where its bounds hold,
/// stands before a trait's.
struct Auto<T: ?Sized>(PhantomData<T>);

macro_rules! asks {
    ($($method:ident: $auto:ident)*) => {
        $(impl<T: $auto> Auto<T> {
            fn $method(&self) -> &'static str {
                let Self(PhantomData) = self;
                stringify!($auto)
            }
        })*

        trait Not {
            $(fn $method(&self) -> &'static str {
                concat!("!", stringify!($auto))
            })*
        }

        impl<T> Not for &Auto<T> {}
    };
}

asks! {
    send: Send
    sync: Sync
    unpin: Unpin
    unwind_safe: UnwindSafe
}

fn of<T>(_: &T) -> Auto<T> {
    Auto(PhantomData)
}

/// What each type or value has and has not, a row each.
macro_rules! table {
    ($($expected:literal $kind:tt $what:tt;)*) => {$(
        let auto = table!(@ $kind $what);
        let has = [(&auto).send(), (&auto).sync(), (&auto).unpin(), (&auto).unwind_safe()];
        let expected: Vec<_> = $expected.split_whitespace().collect();
        assert_eq!(has[..], expected, "{}", stringify!($what));
    )*};
    (@ type ($what:ty)) => { Auto::<$what>(PhantomData) };
    (@ value ($what:expr)) => { of(&$what) };
}

/// A future with a part `P` that gives a `T`, of which it holds none.
struct With<P, T = u8>(P, PhantomData<fn() -> T>);

impl<P, T> Future for With<P, T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<T> {
        Poll::Pending
    }
}

const fn with<P>(part: P) -> With<P> {
    With(part, PhantomData)
}

/// One that holds nothing, but gives a `T`.
const fn gives<T>() -> With<(), T> {
    With((), PhantomData)
}

/// The same, made of the value that it needs.
const fn gives_also<A, T>(_: &A) -> With<(), T> {
    gives()
}

/// Two fields.
#[expect(dead_code, reason = "only the futures of calls are looked at")]
struct Two<A, B> {
    one: A,
    two: B,
}

/// `Sync`, but not `Send`.
type OnlySync = PhantomData<MutexGuard<'static, u8>>;
/// `Send`, but not `Sync`.
type OnlySend = PhantomData<Cell<u8>>;
/// Neither.
type Local = PhantomData<Rc<u8>>;
/// A panic may leave it in pieces.
type Exposed = PhantomData<&'static mut u8>;

const ONLY_SYNC: OnlySync = PhantomData;
const ONLY_SEND: OnlySend = PhantomData;
const LOCAL: Local = PhantomData;

#[test]
fn the_parts_are_what_they_should_be() {
    table! {
        " Send  Sync  Unpin  UnwindSafe" type (With<u8>);
        "!Send  Sync  Unpin  UnwindSafe" type (With<OnlySync>);
        " Send !Sync  Unpin  UnwindSafe" type (With<OnlySend>);
        "!Send !Sync  Unpin  UnwindSafe" type (With<Local>);
        " Send  Sync  Unpin !UnwindSafe" type (With<Exposed>);
        " Send  Sync !Unpin  UnwindSafe" type (With<PhantomPinned>);
        " Send  Sync  Unpin  UnwindSafe" type (With<(), Local>);
    }
}

// Calls keep futures and results that a panic interrupts, so none of them is `UnwindSafe`.

#[test]
fn gathers() {
    table! {
        " Send  Sync  Unpin !UnwindSafe" value (gather!());
        " Send  Sync  Unpin !UnwindSafe" value (gather!(with(1), with(2)));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(with(1), with(2), with(3), with(4), with(5)));
        "!Send  Sync  Unpin !UnwindSafe" value (gather!(with(ONLY_SYNC), with(2)));
        " Send !Sync  Unpin !UnwindSafe" value (gather!(with(ONLY_SEND), with(2)));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(with(LOCAL), with(2)));
        " Send  Sync !Unpin !UnwindSafe" value (gather!(with(PhantomPinned), with(2)));
        // Results wait in it for the others.
        "!Send  Sync  Unpin !UnwindSafe" value (gather!(gives::<OnlySync>(), with(2)));
        " Send !Sync  Unpin !UnwindSafe" value (gather!(gives::<OnlySend>(), with(2)));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(gives::<Local>(), with(2)));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(gives::<PhantomPinned>(), with(2)));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(gives::<Result<Local, u8>>()));
        // A value that another field needs is borrowed by that field's future, which may run on another thread.
        " Send !Sync  Unpin !UnwindSafe" value (gather!(Two { one: gives::<OnlySend>(), two: gives::<u8>() }));
        " Send !Sync !Unpin !UnwindSafe" value (gather!(Two { one: gives::<u8>(), two: |one| gives_also::<_, OnlySend>(one) }));
        "!Send !Sync !Unpin !UnwindSafe" value (gather!(Two { one: gives::<OnlySend>(), two: |one| gives_also::<_, u8>(one) }));
        "!Send !Sync !Unpin !UnwindSafe" value (gather!(Two { one: gives::<OnlySync>(), two: |one| gives_also::<_, u8>(one) }));
        // But an error ends it.
        " Send  Sync  Unpin !UnwindSafe" value (gather!(gives::<Result<u8, Local>>()));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(<Local> gives::<Result<u8, Local>>()));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(gives::<Result<u8, Local>>(), return_exceptions = true));
        // Futures of a collection have memory of their own.
        " Send  Sync  Unpin !UnwindSafe" value (gather!(..[with(1)]));
        "!Send  Sync  Unpin !UnwindSafe" value (gather!(..[with(ONLY_SYNC)]));
        " Send !Sync  Unpin !UnwindSafe" value (gather!(..[with(ONLY_SEND)]));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(..[with(LOCAL)]));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(..[with(PhantomPinned)]));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(..[gives::<Local>()]));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(..[gives::<Result<u8, Local>>()]));
        // Options.
        " Send  Sync  Unpin !UnwindSafe" value (gather!(with(1), limit = 2));
        " Send  Sync !Unpin !UnwindSafe" value (gather!(with(1), timeout = 1s));
        " Send  Sync !Unpin !UnwindSafe" value (gather!(with(1), each_timeout = 1s));
        "!Send !Sync !Unpin !UnwindSafe" value (gather!(with(LOCAL), timeout = 1s));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(with(1), until = with(1)));
        "!Send !Sync  Unpin !UnwindSafe" value (gather!(with(1), until = with(LOCAL)));
        " Send  Sync  Unpin !UnwindSafe" value (gather!(..through(1), limit = 2));
        "!Send  Sync  Unpin !UnwindSafe" value (gather!(..through(ONLY_SYNC), limit = 2));
        " Send !Sync  Unpin !UnwindSafe" value (gather!(..through(ONLY_SEND), limit = 2));
    }
}

/// An iterator over one future, with a part of its own.
fn through<P>(part: P) -> impl Iterator<Item = With<u8>> {
    [with(1)].into_iter().inspect(move |_| {
        let _part = &part;
    })
}

#[test]
fn streams() {
    table! {
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(1)));
        "!Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(ONLY_SYNC)));
        " Send !Sync  Unpin !UnwindSafe" value (as_completed!(with(ONLY_SEND)));
        "!Send !Sync  Unpin !UnwindSafe" value (as_completed!(with(LOCAL)));
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(PhantomPinned)));
        "!Send  Sync  Unpin !UnwindSafe" value (as_completed!(gives::<OnlySync>()));
        " Send !Sync  Unpin !UnwindSafe" value (as_completed!(gives::<OnlySend>()));
        "!Send !Sync  Unpin !UnwindSafe" value (as_completed!(gives::<Local>()));
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(1), with(2), timeout = 1s));
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(1), until = with(2)));
        "!Send !Sync  Unpin !UnwindSafe" value (as_completed!(with(1), until = with(LOCAL)));
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(..through(1), limit = 2));
        "!Send  Sync  Unpin !UnwindSafe" value (as_completed!(..through(ONLY_SYNC), limit = 2));
        " Send !Sync  Unpin !UnwindSafe" value (as_completed!(..through(ONLY_SEND), limit = 2));
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(1)).indexed());
        "!Send !Sync  Unpin !UnwindSafe" value (as_completed!(with(LOCAL)).indexed());
        " Send  Sync  Unpin !UnwindSafe" value (as_completed!(with(PhantomPinned)).indexed());
    }
}

#[test]
fn waits_and_sets() {
    table! {
        " Send  Sync  Unpin !UnwindSafe" value (wait!(with(1)));
        " Send  Sync  Unpin !UnwindSafe" value (wait!(with(1), timeout = 1s, limit = 2));
        "!Send  Sync  Unpin !UnwindSafe" value (wait!(with(ONLY_SYNC)));
        " Send !Sync  Unpin !UnwindSafe" value (wait!(with(ONLY_SEND)));
        "!Send !Sync  Unpin !UnwindSafe" value (wait!(with(LOCAL)));
        " Send  Sync  Unpin !UnwindSafe" value (wait!(with(PhantomPinned)));
        "!Send !Sync  Unpin !UnwindSafe" value (wait!(gives::<Local>()));
        " Send  Sync  Unpin !UnwindSafe" value (wait!(..through(LOCAL)));

        " Send  Sync  Unpin !UnwindSafe" type (Pending<With<u8>>);
        "!Send  Sync  Unpin !UnwindSafe" type (Pending<With<OnlySync>>);
        " Send !Sync  Unpin !UnwindSafe" type (Pending<With<OnlySend>>);
        "!Send !Sync  Unpin !UnwindSafe" type (Pending<With<Local>>);
        " Send  Sync  Unpin !UnwindSafe" type (Pending<With<PhantomPinned>>);
        "!Send  Sync  Unpin !UnwindSafe" type (Pending<With<(), OnlySync>>);
        " Send !Sync  Unpin !UnwindSafe" type (Pending<With<(), OnlySend>>);
        "!Send !Sync  Unpin !UnwindSafe" type (Pending<With<(), Local>>);

        " Send  Sync  Unpin !UnwindSafe" type (Next<&'static mut Pending<With<u8>>>);
        "!Send  Sync  Unpin !UnwindSafe" type (Next<&'static mut Pending<With<OnlySync>>>);
        " Send !Sync  Unpin !UnwindSafe" type (Next<&'static mut Pending<With<OnlySend>>>);
        " Send  Sync  Unpin !UnwindSafe" type (Drive<With<u8>, &'static mut Pending<With<u8>>>);
        "!Send  Sync  Unpin !UnwindSafe" type (Drive<With<OnlySync>, &'static mut Pending<With<u8>>>);
        " Send !Sync  Unpin !UnwindSafe" type (Drive<With<OnlySend>, &'static mut Pending<With<u8>>>);
        " Send  Sync !Unpin !UnwindSafe" type (Drive<With<PhantomPinned>, &'static mut Pending<With<u8>>>);
        "!Send !Sync  Unpin !UnwindSafe" type (Drive<With<u8>, &'static mut Pending<With<Local>>>);

        " Send  Sync  Unpin  UnwindSafe" type (Done<u8>);
        "!Send  Sync  Unpin  UnwindSafe" type (Done<OnlySync>);
        " Send !Sync  Unpin  UnwindSafe" type (Done<OnlySend>);
        "!Send !Sync  Unpin  UnwindSafe" type (Done<Local>);
        " Send  Sync  Unpin !UnwindSafe" type (Done<Exposed>);
        " Send  Sync  Unpin  UnwindSafe" type (done::IntoIter<u8>);
        "!Send !Sync  Unpin  UnwindSafe" type (done::IntoIter<Local>);
        " Send  Sync  Unpin  UnwindSafe" type (done::IntoIndexed<u8>);
        "!Send !Sync  Unpin  UnwindSafe" type (done::IntoIndexed<Local>);
        " Send  Sync  Unpin  UnwindSafe" type (done::Iter<'static, u8>);
        " Send  Sync  Unpin  UnwindSafe" type (done::Iter<'static, OnlySync>);
        "!Send !Sync  Unpin !UnwindSafe" type (done::Iter<'static, OnlySend>);
    }
}

/// Values that are shared between tasks are as tokio's handles: `Sync` where they can be sent, whatever they hold.
#[test]
fn tasks_and_errors() {
    table! {
        " Send  Sync  Unpin  UnwindSafe" type (Task<u8>);
        "!Send !Sync  Unpin  UnwindSafe" type (Task<OnlySync>);
        " Send  Sync  Unpin  UnwindSafe" type (Task<OnlySend>);
        "!Send !Sync  Unpin  UnwindSafe" type (Task<Local>);
        " Send  Sync  Unpin  UnwindSafe" type (Task<PhantomPinned>);

        " Send  Sync  Unpin  UnwindSafe" type (Catch<With<u8>>);
        "!Send  Sync  Unpin  UnwindSafe" type (Catch<With<OnlySync>>);
        " Send !Sync  Unpin  UnwindSafe" type (Catch<With<OnlySend>>);
        "!Send !Sync  Unpin  UnwindSafe" type (Catch<With<Local>>);
        " Send  Sync !Unpin  UnwindSafe" type (Catch<With<PhantomPinned>>);
        " Send  Sync  Unpin !UnwindSafe" type (Catch<With<Exposed>>);
        " Send  Sync  Unpin  UnwindSafe" type (Catch<With<(), Local>>);

        " Send  Sync  Unpin  UnwindSafe" type (Panicked);
        " Send  Sync  Unpin  UnwindSafe" type (TimedOut);
        " Send  Sync  Unpin  UnwindSafe" type (Failures<u8>);
        "!Send  Sync  Unpin  UnwindSafe" type (Failures<OnlySync>);
        " Send !Sync  Unpin  UnwindSafe" type (Failures<OnlySend>);
        "!Send !Sync  Unpin  UnwindSafe" type (Failures<Local>);
        " Send  Sync  Unpin !UnwindSafe" type (Failures<Exposed>);
    }
}

#[test]
fn handles_of_groups() {
    table! {
        " Send  Sync  Unpin  UnwindSafe" type (Plain);
        " Send  Sync  Unpin  UnwindSafe" type (Failing<u8>);
        " Send  Sync  Unpin  UnwindSafe" type (Failing<Local>);

        " Send  Sync  Unpin  UnwindSafe" type (TaskGroup<'static, u8, Plain>);
        " Send  Sync  Unpin  UnwindSafe" type (TaskGroup<'static, OnlySend, Plain>);
        "!Send !Sync  Unpin  UnwindSafe" type (TaskGroup<'static, OnlySync, Plain>);
        "!Send !Sync  Unpin  UnwindSafe" type (TaskGroup<'static, Local, Plain>);
        " Send  Sync  Unpin  UnwindSafe" type (TaskGroup<'static, u8, Failing<OnlySend>>);
        "!Send !Sync  Unpin  UnwindSafe" type (TaskGroup<'static, u8, Failing<Local>>);

        " Send  Sync  Unpin  UnwindSafe" type (GroupHandle<u8, Plain>);
        " Send  Sync  Unpin  UnwindSafe" type (GroupHandle<OnlySend, Plain>);
        "!Send !Sync  Unpin  UnwindSafe" type (GroupHandle<OnlySync, Plain>);
        " Send  Sync  Unpin  UnwindSafe" type (GroupHandle<u8, Failing<OnlySend>>);
        "!Send !Sync  Unpin  UnwindSafe" type (GroupHandle<u8, Failing<OnlySync>>);

        " Send  Sync  Unpin  UnwindSafe" type (Child<u8>);
        " Send  Sync  Unpin  UnwindSafe" type (Child<OnlySend>);
        "!Send !Sync  Unpin  UnwindSafe" type (Child<OnlySync>);
        "!Send !Sync  Unpin  UnwindSafe" type (Child<Local>);
        " Send  Sync  Unpin  UnwindSafe" type (Child<PhantomPinned>);

        " Send  Sync  Unpin  UnwindSafe" type (Cancelled);
        " Send  Sync  Unpin  UnwindSafe" type (Ready);
    }
}

/// Its scoped children need not be `Sync`, so the future of a group is not.
#[test]
fn groups() {
    table! {
        " Send !Sync  Unpin !UnwindSafe" value (group_of(1));
        " Send !Sync  Unpin !UnwindSafe" value (group_with_options(1));
        "!Send !Sync  Unpin !UnwindSafe" value (group_of(ONLY_SYNC));
        " Send !Sync  Unpin !UnwindSafe" value (group_of(ONLY_SEND));
        "!Send !Sync  Unpin !UnwindSafe" value (group_of(LOCAL));
        " Send !Sync  Unpin !UnwindSafe" value (group_of(PhantomPinned));
        " Send !Sync  Unpin !UnwindSafe" value (group_giving::<OnlySend>());
        "!Send !Sync  Unpin !UnwindSafe" value (group_giving::<OnlySync>());
        " Send !Sync  Unpin !UnwindSafe" value (group_failing::<OnlySend>());
        "!Send !Sync  Unpin !UnwindSafe" value (group_failing::<Local>());
        " Send !Sync  Unpin !UnwindSafe" value (group_of_children(1));
        " Send !Sync  Unpin !UnwindSafe" value (group_of_children(ONLY_SEND));
    }
}

fn group_of<P>(part: P) -> impl Future<Output = u8> {
    task_group!(move |_| with(part).await)
}

fn group_with_options<P>(part: P) -> impl Future<Output = Result<u8, TimedOut>> {
    task_group!(
        move |_| with(part).await,
        timeout = 1s,
        grace = 1s,
        limit = 2
    )
}

fn group_giving<T>() -> impl Future<Output = T> {
    task_group!(|_| gives::<T>().await)
}

fn group_failing<E>() -> impl Future<Output = Result<u8, Failures<E>>> {
    task_group!(<E> |_| gives::<Result<u8, E>>().await)
}

fn group_of_children<P: Send + 'static>(part: P) -> impl Future<Output = u8> {
    task_group!(move |tg| tg.spawn_scoped(with(part)).await)
}

/// Types of which a user can hold a value are `Debug`, whatever their parts are: calls, their futures, and handles.
#[tokio::test]
async fn values_of_public_types_can_be_shown() {
    let mut pending = Pending::from_iter([with(1)]);
    assert_eq!(format!("{:?}", pending.next()), "Next { .. }");
    assert_eq!(format!("{:?}", pending.drive(with(2))), "Drive { .. }");
    assert_eq!(format!("{pending:?}"), "Pending { len: 1, .. }");
    let shown = format!("{:?}", as_completed!(with(1), timeout = 1s).indexed());
    assert_eq!(shown, "Indexed(AsCompleted { len: 1, .. })");
    let shown = format!("{:?}", wait!(with(1)));
    assert_eq!(shown, "Wait { pending: Some(Pending { len: 1, .. }), .. }");
    let shown = format!("{:?} {:?}", gather!(with(1)), rejoin::catch(with(1)));
    assert_eq!(shown, "Gather { .. } Catch { .. }");
}
