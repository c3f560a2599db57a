//! The macros in surroundings that are none of their business: whatever the user's code is called and however it is
//! laid out, a call means what it says.

use std::{
    future::{Future, pending, ready},
    ops::Deref,
    pin::pin,
};

use rejoin::{Failures, Pending, TaskGroup, as_completed, gather, spawn, task_group, wait};

#[path = "../../editions/forms.rs"]
mod forms;

async fn double(n: u32) -> u32 {
    ready(n * 2).await
}

async fn length(text: &str) -> usize {
    ready(text.len()).await
}

/// Runs a future, where `#[tokio::test]` does not go.
fn run<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(future)
}

// ---- names ------------------------------------------------------------------------------------------------------

/// Calls that need every name of an expansion.
macro_rules! every_form {
    () => {
        async {
            ::rejoin::gather!().await;
            let one = ::rejoin::gather!(::std::future::ready(1)).await;
            ::std::assert_eq!(one, (1,));
            let two = ::rejoin::gather!(::std::future::ready(1), ..[::std::future::ready(2)], limit = 1, timeout = 2s).await;
            ::std::assert_eq!(two, ::std::result::Result::Ok((1, [2])));
            let second = ::std::time::Duration::from_secs(1);
            let each =
                ::rejoin::gather!(::std::future::ready(1), each_timeout = second, timeout = 2s, partial = true).await;
            ::std::assert_eq!(each, (::std::option::Option::Some(::std::result::Result::Ok(1)),));
            let named: ::std::result::Result<_, ::std::io::Error> =
                ::rejoin::gather!(<::std::io::Error, timeout = 2s, each_timeout = 1s> ::std::future::ready(1)).await;
            ::std::assert_eq!(named.unwrap(), (1,));
            let stopped = ::rejoin::gather!(::std::future::ready(1), until = ::std::future::ready(())).await;
            ::std::assert_eq!(stopped, ::std::result::Result::Ok((1,)));
            let named: ::std::result::Result<_, ::std::io::Error> = ::rejoin::gather!(
                <::std::io::Error> ::std::future::ready(1), until = ::std::future::ready(()), timeout = 2s
            ).await;
            ::std::assert_eq!(named.unwrap(), (1,));
            let some = ::rejoin::gather!(::std::future::ready(1), until = async {}, partial = true).await;
            ::std::assert_eq!(some, (::std::option::Option::Some(1),));
            let named: ::std::result::Result<(), u8> = ::rejoin::gather!(<u8>).await;
            ::std::assert_eq!(named, ::std::result::Result::Ok(()));
            let range = ::rejoin::gather!(::std::ops::Range { start: ::std::future::ready(1), end: |start| ::std::future::ready(*start + 1) });
            ::std::assert_eq!(range.await, 1..2);
            let named: ::std::result::Result<_, ::std::io::Error> = ::rejoin::gather!(
                <::std::io::Error, timeout = 2s, limit = 1> ::std::ops::Range { start: async |end: &u8| *end - 1, end: async { 3 } }
            ).await;
            ::std::assert_eq!(named.unwrap(), 2..3);
        }
    };
}

/// The same for what is looped over and waited for.
macro_rules! every_completion {
    () => {
        async {
            every_stream!();
            every_loop!();
            every_wait!();
        }
    };
}

macro_rules! every_stream {
    () => {
        let second = ::std::time::Duration::from_secs(1);
        let mut stream = ::rejoin::as_completed!(::std::future::ready(1), ..[::std::future::pending()], limit = 2);
        ::std::assert_eq!(stream.next().await, ::std::option::Option::Some(1));
        let mut stream = ::rejoin::as_completed!(
            <timeout = second, each_timeout = 2s> ::std::future::ready(1), async { 2 }, ::std::future::ready(3)
        );
        ::std::assert!(stream.next().await.is_some());
        let mut stream = ::rejoin::as_completed!(::std::future::pending::<()>(), until = async {}, timeout = 2s);
        ::std::assert!(stream.next().await.is_none());
        let mut stream = ::rejoin::as_completed!(..[::std::future::ready(1)]).indexed();
        ::std::assert_eq!(stream.next().await, ::std::option::Option::Some((0, 1)));
    };
}

macro_rules! every_loop {
    () => {
        let mut sum = 0;
        ::rejoin::as_completed!('outer: for n in (::std::future::ready(1), ..[async { 2 }]) {
            ::rejoin::as_completed!(for m in (::std::future::ready(1), async { 2 }) {
                sum += n * m + ::std::future::ready(0).await;
                continue 'outer;
            });
        }, limit = 1);
        ::rejoin::as_completed!(<timeout = 2s> for n in (::std::future::ready(1), async { 2 }) {
            sum += n.unwrap();
        });
        let mut children = ::rejoin::Pending::new();
        children.push(::std::future::ready(1));
        ::rejoin::as_completed!(for n in (..&mut children, async { 2 }, ::std::future::ready(3)) {
            sum += n + ::std::future::ready(0).await;
        });
        children.push(::std::future::ready(4));
        ::rejoin::as_completed!(for n in ..&mut children {
            sum += n.unwrap();
        }, timeout = 2s, limit = 1);
        ::rejoin::as_completed! {
            n = ::std::future::ready(1) => sum += n,
            m = async { 2u8 } => sum += ::std::future::ready(m).await,
            n in ..[::std::future::ready(3)] => { sum += n; }
        }
        ::rejoin::as_completed! {
            n = ::std::future::ready(1) => sum += n.unwrap(),
            late = ::std::future::pending::<()>() => late.unwrap_err(),
            timeout = 2s,
            limit = 2,
        }
        ::rejoin::as_completed! {
            _ = ::std::future::pending::<()>() => sum += 100,
            until = ::std::future::ready(()),
        }
        let more = sum > 0;
        ::rejoin::as_completed! {
            1..=3 = ::std::future::ready(2), if more => sum += 2,
            n = ::std::future::ready(1), if !more => sum += n,
        }
        ::std::assert_eq!(sum, 3 + 3 + 6 + 4 + 6 + 1 + 2);
    };
}

macro_rules! every_wait {
    () => {
        let (done, rest) =
            ::rejoin::wait!(::std::future::ready(1), ..[::std::future::pending()], return_when = FIRST_COMPLETED).await;
        ::std::assert_eq!((done.len(), rest.len()), (1, 1));
        let (done, rest) = ::rejoin::wait!(<timeout = 2s, limit = 1> ..rest, async { 2 }).await;
        ::std::assert_eq!((done.len(), rest.len()), (0, 2));
        let (done, _) = ::rejoin::wait!(
            async { ::std::result::Result::Ok::<u8, u8>(1) }, return_when = FIRST_EXCEPTION
        ).await;
        ::std::assert_eq!(done.len(), 1);
        let (done, _) = ::rejoin::wait!(
            async { ::std::result::Result::Ok::<u8, u8>(1) }, return_when = FIRST_SUCCESS
        ).await;
        ::std::assert_eq!(done.len(), 1);
        let (done, _) = ::rejoin::wait!(::std::future::pending::<u8>(), until = ::std::future::ready(())).await;
        ::std::assert_eq!(done.len(), 0);
        let (done, _) = ::rejoin::wait!(::std::future::ready(1), return_when = COMPLETED(1)).await;
        ::std::assert_eq!(done.len(), 1);
    };
}

/// The same for groups.
macro_rules! every_group {
    () => {
        async {
            let words = [1, 2];
            let sum = ::rejoin::task_group!(|tg| {
                let one = tg.spawn(async { 1 });
                let two = tg.spawn_scoped(async { words[1] });
                one.await + two.await
            }).await;
            ::std::assert_eq!(sum, 3);
            let second = ::std::time::Duration::from_secs(1);
            let late = ::rejoin::task_group!(
                <timeout = second, limit = 2, grace = 1s> |_| -> u8 { ::std::future::pending().await }
            ).await;
            ::std::assert!(late.is_err());
            let stopped = ::rejoin::task_group!(
                <until = ::std::future::ready(()), grace = 1s> |_| -> u8 { ::std::future::pending().await }
            ).await;
            ::std::assert!(stopped.is_err());
            let named = ::rejoin::task_group!(move |mut tg| {
                tg = ::std::clone::Clone::clone(&tg);
                let child = tg.spawn(async move { ::std::result::Result::Ok(words[0]) });
                ::std::result::Result::Ok(child.await)
            }, error = u8, timeout = 2s).await;
            ::std::assert_eq!(named.unwrap().unwrap(), 1);
            let failed = ::rejoin::task_group!(<::std::boxed::Box<str>> |_tg| {
                ::std::result::Result::<(), _>::Err(::std::convert::From::from("a"))
            }).await;
            ::std::assert_eq!(&**failed.unwrap_err().first(), "a");
            let failed = ::rejoin::task_group!(<::std::io::Error> async move |tg| {
                tg.stop(());
                ::std::future::pending().await
            }).await;
            ::std::assert!(failed.is_ok());
        }
    };
}

/// Modules where these names are taken, in every way that a name can be; first in a module, then in a function. That
/// they compile is the test.
///
/// All names are taken at once, because calls take long to compile: a call that works where more names are taken works where
/// fewer are.
macro_rules! taken {
    ($($name:ident)*) => {
        taken! { @each
            constant { $(const $name: u8 = 0; mod $name {} macro_rules! $name { () => {}; })* }
            unit_struct { $(struct $name;)* }
            tuple_struct { $(struct $name(u8);)* }
            function { $(fn $name() {} enum $name {})* }
            variant { enum Names { $($name),* } use Names::*; $(trait $name {})* }
            place { $(static $name: u8 = 0; type $name = u8;)* }
        }

        async fn parameters<$(const $name: u8),*>() {
            every_form!().await;
        }
    };
    (@each $($kind:ident { $($item:tt)* })*) => {$(
        mod $kind {
            $($item)*

            async fn in_the_module() {
                every_form!().await;
            }

            mod inside {
                async fn in_the_function() {
                    $($item)*
                    every_form!().await;
                }
            }
        }
    )*};
}

/// The same in a function, for what loops, waits and groups name.
macro_rules! taken_in_functions {
    ($calls:ident: $($name:ident)*) => {
        taken_in_functions! { @each $calls
            constant { $(const $name: u8 = 0; mod $name {} macro_rules! $name { () => {}; })* }
            tuple_struct { $(struct $name(u8);)* }
            function { $(fn $name() {} enum $name {})* }
        }
    };
    (@each $calls:ident $($kind:ident { $($item:tt)* })*) => {$(
        async fn $kind() {
            $($item)*
            $calls!().await;
        }
    )*};
}

/// The same for names that the standard library has given already.
macro_rules! taken_from_std {
    ($($name:ident)*) => {
        taken! { @each
            unit_struct { $(struct $name;)* }
            tuple_struct { $(struct $name(u8);)* }
        }
    };
}

#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    non_upper_case_globals,
    non_camel_case_types,
    non_snake_case,
    clippy::items_after_statements,
    clippy::module_inception,
    reason = "names are taken to see that nothing comes of it"
)]
mod names {
    mod of_gathers {
        taken! {
            x PairOf Argument BranchArgument SpreadArgument Unlimited OuterError AsItIs Bare Flat LimitValue DurationValue
            gather gather_with_end gather_partial flatten_with flatten_partial_with limit timeout argument duration error
            no_branches no_branches_or scope rejoin_check deadline until_or_deadline UntilValue AwaitedUntilValue AsError
            ConvertBoth rejoin_until
        }
    }
    mod of_completions {
        taken_in_functions! {
            every_completion:
            x PairOf Argument limit timeout argument scope Some None Option Future Iterator Vec rejoin
            set next drive drive_item drive_output on lending item value pending wait as_completed arm arms arm_if arm_pair
            arm_within ConditionValue AwaitedArgument loop_state lend_arms fixed feed Lent ReturnWhen pin
            CountValue Order Either First Second no_timeout set_timeout timeout_per_arm no_limit set_limit no_source
            until UntilValue AwaitedUntilValue all_completed first_completed completed rejoin_lent rejoin_pair_sets
            ALL_COMPLETED FIRST_COMPLETED FIRST_EXCEPTION FIRST_SUCCESS
        }
    }
    mod of_groups {
        taken_in_functions! {
            every_group:
            x LimitValue DurationValue Some None Option Result rejoin duration limit grace error plain errors no_grace
            no_limit set_limit no_timeout set_timeout until stopped_item UntilValue task_group end run TaskGroup
        }
    }
    mod of_std {
        taken_from_std! {
            Some None Ok Err Option Result Future IntoFuture Iterator IntoIterator Vec Box From Into Send Sized FnOnce
            rejoin alloc compile_error
        }
    }
}

#[test]
fn variables_may_have_any_name() {
    let (with, limit, timeout, duration, error, scope, gather_with_end) = (1, 2, 3, 4, 5, 6, 7);
    run(every_form!());
    run(every_completion!());
    run(every_group!());
    assert_eq!(
        with + limit + timeout + duration + error + scope + gather_with_end,
        28
    );
}

/// The expansion's only variable, without another macro in between.
#[allow(
    dead_code,
    non_upper_case_globals,
    non_camel_case_types,
    clippy::items_after_statements
)]
mod the_variable {
    use super::double;
    use rejoin::{gather, task_group};

    mod in_the_module {
        use super::{double, gather};

        const x: u32 = 7;

        #[tokio::test]
        async fn a_constant() {
            assert_eq!(gather!(double(x), double(2)).await, (14, 4));
        }
    }

    #[tokio::test]
    async fn a_constant() {
        const x: u32 = 7;
        assert_eq!(gather!(double(x), double(2)).await, (14, 4));
    }

    #[tokio::test]
    async fn a_static() {
        static x: u32 = 7;
        assert_eq!(gather!(double(x), double(2)).await, (14, 4));
    }

    #[tokio::test]
    async fn a_struct() {
        #[derive(Debug, PartialEq)]
        struct x;
        assert_eq!(gather!(async { x }, double(2)).await, (x, 4));
    }

    #[tokio::test]
    async fn a_tuple() {
        #[derive(Debug, PartialEq)]
        struct x(u32);
        assert_eq!(gather!(async { x(1) }, double(2)).await, (x(1), 4));
    }

    #[tokio::test]
    async fn a_variable() {
        let x = 7;
        assert_eq!(
            gather!(double(x), async { x }, limit = x as usize).await,
            (14, 7)
        );
    }

    /// The name of the group is one of the user's, and of nothing else.
    #[tokio::test]
    async fn of_a_group() {
        let sum = task_group!(|x| {
            let one = x.spawn(double(1));
            one.await + x.spawn(double(2)).await
        });
        assert_eq!(sum.await, 6);
        let (tg, group, end) = (1, 2, 3);
        let named = task_group!(|end| {
            let tg = end.spawn(double(tg));
            tg.await + group
        })
        .await;
        let named = task_group!(
            |group| group.spawn(double(named)).await + end,
            limit = tg as usize
        );
        assert_eq!(named.await, 11);
        let raw = task_group!(|r#async| r#async.spawn(double(1)).await).await;
        assert_eq!(raw, 2);
    }

    #[tokio::test]
    async fn of_a_group_beside_constants() {
        const group: u32 = 1;
        static end: u32 = 2;
        struct __rejoin;
        let sum = task_group!(<timeout = 1s> |tg| {
            const x: u32 = 3;
            tg.spawn(double(group)).await + end + x
        });
        assert_eq!(sum.await, Ok(7));
    }

    #[tokio::test]
    async fn an_error_type() {
        #[derive(Debug, PartialEq)]
        struct x;
        #[derive(Debug, PartialEq)]
        struct Argument;
        #[derive(Debug, PartialEq)]
        struct OuterError(u32);
        assert_eq!(
            gather!(<x> async { Err::<u32, _>(x) }, double(2)).await,
            Err(x)
        );
        assert_eq!(
            gather!(<Argument> async { Err::<u32, _>(Argument) }).await,
            Err(Argument)
        );
        let outside = gather!(
            async { Err::<u32, _>(OuterError(1)) },
            limit = 1,
            error = OuterError
        )
        .await;
        assert_eq!(outside, Err(OuterError(1)));
    }
}

#[no_implicit_prelude]
mod no_prelude {
    #[test]
    fn every_form() {
        super::run(every_form!());
        super::run(every_completion!());
        super::run(every_group!());
    }
}

// ---- methods ----------------------------------------------------------------------------------------------------

/// Traits for everything, whose methods have the names that a probe may be thought to have.
#[allow(
    dead_code,
    clippy::wrong_self_convention,
    reason = "nothing of it is called"
)]
mod blanket {
    macro_rules! methods {
        ($($name:ident)*) => {
            pub trait ByValue: Sized {
                $(fn $name(self) {
                    unreachable!()
                })*
            }
            pub trait ByReference {
                $(fn $name(&self) {
                    unreachable!()
                })*
            }
            pub trait ByMutableReference {
                $(fn $name(&mut self) {
                    unreachable!()
                })*
            }
        };
    }
    methods! {
        future futures check kind value to same other each among as_error pair wrapped function plain
        timed source join exception success lent both drive
        error pointer run end
        into_future poll
    }

    impl<T> ByValue for T {}
    impl<T> ByReference for T {}
    impl<T> ByMutableReference for T {}
}

#[allow(unused_imports, reason = "they are only in scope")]
mod methods_of_everything {
    use super::blanket::{ByMutableReference, ByReference, ByValue};

    #[test]
    fn are_not_called() {
        super::run(every_form!());
        super::run(every_completion!());
        super::run(every_group!());
        super::run(async {
            let branches = rejoin::gather!(..vec![super::ready(1)], super::double(2), async {
                Err::<(), _>("a")
            })
            .await;
            assert_eq!(branches, Err("a"));
        });
    }
}

/// A future that is also a collection and a function's reference: it counts as a future.
#[tokio::test]
async fn a_future_is_a_branch_whatever_else_it_is() {
    struct Both(std::future::Ready<u32>);

    impl Future for Both {
        type Output = u32;

        fn poll(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<u32> {
            std::pin::Pin::new(&mut self.0).poll(cx)
        }
    }

    impl Iterator for Both {
        type Item = std::future::Ready<u32>;

        fn next(&mut self) -> Option<Self::Item> {
            None
        }
    }

    #[expect(
        clippy::unnecessary_literal_bound,
        reason = "it is the trait's signature"
    )]
    impl Deref for Both {
        type Target = str;

        fn deref(&self) -> &str {
            "both"
        }
    }

    let (branch, spread) = gather!(Both(ready(1)), ..Both(ready(2))).await;
    assert_eq!((branch, spread), (1, vec![]));
}

// ---- macros -----------------------------------------------------------------------------------------------------

macro_rules! one {
    ($e:expr) => {
        gather!($e)
    };
}

macro_rules! all {
    ($($e:expr),* $(,)?) => {
        gather!($($e),*)
    };
}

macro_rules! within {
    ($d:literal, $($e:expr),*) => {
        gather!($($e),*, timeout = $d)
    };
}

macro_rules! after {
    ($d:expr, $($e:expr),*) => {
        gather!(<timeout = $d> $($e),*)
    };
}

macro_rules! fallible {
    ($error:ty, $($e:expr),*) => {
        gather!(<$error> $($e),*)
    };
}

macro_rules! fallible_by_name {
    ($error:ty, $limit:expr, $($e:expr),*) => {
        gather!($($e),*, error = $error, limit = $limit)
    };
}

macro_rules! named {
    ($name:ident = $value:expr, $($e:tt)*) => {
        gather!(<$name = $value> $($e)*)
    };
}

trait Fetch {
    fn fetch() -> impl Future<Output = u32>;
}

impl Fetch for u8 {
    async fn fetch() -> u32 {
        8
    }
}

#[tokio::test(start_paused = true)]
async fn within_other_macros() {
    let xs = [double(3), double(4)];
    assert_eq!(one!(double(1)).await, (2,));
    assert_eq!(one!(..xs).await, [6, 8]);
    assert_eq!(
        all!(double(1), ..(0..2).map(double), ready('c')).await,
        (2, vec![0, 2], 'c')
    );
    assert_eq!(
        all!(<u8 as Fetch>::fetch(), *Box::new(ready(1))).await,
        (8, 1)
    );
    assert!(within!(2s, pending::<()>()).await.is_err());
    assert!(after!(2s, pending::<()>()).await.is_err());
    assert!(
        after!(std::time::Duration::from_secs(2), pending::<()>())
            .await
            .is_err()
    );
    assert_eq!(fallible!(Vec<u8>, ready(1), double(2)).await, Ok((1, 4)));
    assert_eq!(
        fallible!(String, ready(1), async { Err::<(), _>("a") }).await,
        Err("a".to_owned())
    );
    assert_eq!(
        fallible_by_name!(Vec<u8>, 1 + 1, ready(1), ready(2)).await,
        Ok((1, 2))
    );
    assert_eq!(
        named!(limit = if true { 1 } else { 2 }, ready(1), ..[ready(2)]).await,
        (1, [2])
    );
    assert_eq!(
        named!(return_exceptions = true, ready(Ok::<_, ()>(1))).await,
        (Ok(1),)
    );
}

#[tokio::test]
async fn handed_on_by_other_crates_and_modules() {
    mod inner {
        pub(super) use rejoin::gather as together;
    }
    use inner::together;
    assert_eq!(together!(ready(1), ready(2)).await, (1, 2));
    assert_eq!(inner::together!(ready(1), ready(2)).await, (1, 2));
    assert_eq!(rejoin_renamed::all!(ready(1), ready(2)).await, (1, 2));
    assert_eq!(
        rejoin_renamed::deep::gather!(ready(1), ready(2)).await,
        (1, 2)
    );
    assert_eq!(rejoin_renamed::both!(ready(1), ready(2)).await, (1, 2));
    assert_eq!(rejoin_renamed::five().await, 5);
    assert_eq!(rejoin_renamed::loops().await, 10 + 2 + 1 + 4 + 5 + 6);
    assert_eq!(rejoin_renamed::sum_of!(ready(1), double(2)), 5);
    let mut sum = 0;
    rejoin_renamed::each!(for n in (ready(1), double(2)) {
        sum += n;
    });
    rejoin_renamed::deep::as_completed! {
        n = ready(1) => sum += n,
        m = double(2) => sum += ready(m).await,
    }
    assert_eq!(sum, 10);
    assert_eq!(rejoin_renamed::until!(ready(1), ready(2)).await.0.len(), 2);
    assert_eq!(rejoin_renamed::six().await, Ok(6));
    assert_eq!(rejoin_renamed::groups().await, 1 + 2 + 3 + 4);
    assert_eq!(
        rejoin_renamed::scope!(|tg| tg.spawn(double(1)).await).await,
        2
    );
    assert_eq!(
        rejoin_renamed::deep::task_group!(|tg| tg.spawn(double(1)).await, limit = 1).await,
        2
    );
    assert_eq!(rejoin_renamed::spawned!(double(1), ready(3)).await, (2, 3));
}

macro_rules! sum_of {
    ($($e:expr),* $(,)?) => {{
        let mut sum = 0;
        as_completed!(for n in ($($e),*) {
            sum += n;
        });
        sum
    }};
}

macro_rules! each {
    ($n:pat in $e:expr => $body:expr) => {
        as_completed!(for $n in $e { $body; })
    };
    ($label:lifetime $n:pat in $e:expr => $body:block) => {
        as_completed!($label: for $n in $e { $body })
    };
}

macro_rules! either {
    ($a:expr => $($x:pat => $one:expr;)*) => {
        as_completed! {
            $($x = $a => $one,)*
        }
    };
}

macro_rules! first_of {
    ($($e:expr),* ; $when:ident, $limit:expr) => {
        wait!($($e),*, return_when = $when, limit = $limit)
    };
}

macro_rules! quorum {
    ($n:expr, $($e:expr),*) => {
        wait!(<return_when = COMPLETED($n)> $($e),*)
    };
}

#[tokio::test(start_paused = true)]
async fn loops_within_other_macros() {
    assert_eq!(sum_of!(double(1), double(2), ready(3)), 9);
    assert_eq!(sum_of!(double(1), ..[double(2)], ..(0..3).map(double)), 12);
    let mut sum = 0;
    each!(n in double(1) => sum += n);
    each!(n in ..[double(1), double(2)] => sum += double(n).await);
    each!((n, _) in ready((1, 2)) => {
        sum += n;
        each!(m in ..[double(3)] => sum += m + ready(0).await);
    });
    each!('outer n in ..[double(1), double(2)] => {
        sum += n;
        if n > 0 {
            break 'outer;
        }
    });
    assert_eq!(sum, 2 + 12 + 7 + 2);
    let mut set = Pending::from_iter([double(1), double(2)]);
    each!(n in ..&mut set => { sum += n; assert!(set.len() < 2); });
    assert_eq!(sum, 29);
    either!(double(1) => n => sum += n; m => sum += double(m).await;);
    assert_eq!(sum, 35);
    let (done, _) = first_of!(double(1), pending(); FIRST_COMPLETED, 2).await;
    assert_eq!(done.len(), 1);
    assert_eq!(
        quorum!(1 + 1, double(1), ..[pending(), pending()], ready(2))
            .await
            .0
            .len(),
        2
    );
}

macro_rules! group {
    ($tg:ident => $body:expr) => {
        task_group!(|$tg| $body)
    };
    ($tg:ident => $body:block within $timeout:expr) => {
        task_group!(|$tg| $body, timeout = $timeout)
    };
    (<$error:ty> $body:expr) => {
        task_group!(<$error> $body)
    };
    ($body:expr; $($name:ident = $value:expr),*) => {
        task_group!($body, $($name = $value),*)
    };
    ($pattern:pat => { $($body:tt)* }) => {
        task_group!(move |$pattern| { $($body)* })
    };
}

macro_rules! spawn_all {
    ($($child:expr),*) => {
        task_group!(|tg| ($(tg.spawn($child).await),*))
    };
}

#[tokio::test(start_paused = true)]
async fn groups_within_other_macros() {
    assert_eq!(group!(tg => tg.spawn(double(1)).await).await, 2);
    assert_eq!(
        group!(tg => {
            let child = tg.spawn(double(1));
            child.await
        })
        .await,
        2
    );
    assert_eq!(group!(tg => { 1 }.max(tg.spawn(double(1)).await)).await, 2);
    assert_eq!(
        group!(tg => { tg.spawn(double(1)).await } within 2s).await,
        Ok(2)
    );
    let late = group!(_tg => { pending::<()>().await } within std::time::Duration::ZERO).await;
    assert!(late.is_err());
    let failing = group!(<Vec<u8>> |tg| Ok(tg.spawn(async { Ok(double(1).await) }).await));
    let _: Result<u32, Failures<Vec<u8>>> = failing.await;
    let some = group!(|tg| { tg.spawn(double(1)).await }; limit = 1 + 1, timeout = 2s).await;
    assert_eq!(some, Ok(2));
    let some = group!(move |tg| -> u32 { tg.spawn(double(1)).await }; grace = 2s).await;
    assert_eq!(some, 2);
    let length = String::from("abc").len();
    assert_eq!(group!(_ => { ready(length).await + 1 }).await, 4);
    assert_eq!(
        spawn_all!(double(1), async { 'b' }, ready("c")).await,
        (2, 'b', "c")
    );
}

/// The name of a macro's group and one of its caller's are two.
#[tokio::test]
async fn groups_keep_the_names_of_macros_apart() {
    macro_rules! with_tg {
        ($body:expr) => {
            task_group!(|tg| {
                let n = 100;
                tg.spawn(double($body)).await + n
            })
        };
    }
    let (tg, n) = (1, 2);
    assert_eq!(with_tg!(tg + n).await, 106);
}

/// A name of a macro's and one of its caller's are two.
#[tokio::test]
async fn loops_keep_the_names_of_macros_apart() {
    macro_rules! with_n {
        ($n:ident, $body:expr) => {{
            let mut n = 100;
            as_completed!(for $n in (double(1), double(2)) {
                n += $body;
            });
            n
        }};
    }
    let m = 1;
    assert_eq!(with_n!(n, n + m), 108);
    assert_eq!(with_n!(set, double(set).await), 112);
}

// ---- places -----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn temporaries_live_as_long_as_in_any_call() {
    let lengths = gather!(
        length(&String::from("a")),
        length(String::from("bc").as_str())
    )
    .await;
    assert_eq!(lengths, (1, 2));
    let lengths = gather!(
        ..[length(&format!("{}", 10))],
        limit = String::from("a").len()
    )
    .await;
    assert_eq!(lengths, [2]);
    let text = std::cell::RefCell::new(String::from("abc"));
    let lengths = gather!(async { 1 }, ready(text.borrow().len()));
    assert_eq!(lengths.await, (1, 3));
}

#[tokio::test]
async fn in_a_task_with_what_the_task_owns() {
    let task = spawn(async {
        let texts = [String::from("a"), String::from("bc")];
        let whole = String::from("abc");
        let (lengths, whole_length) =
            gather!(..texts.iter().map(|text| length(text)), length(&whole)).await;
        let named: Result<_, std::io::Error> = gather!(
            async { Ok(length(&whole).await) },
            ..texts.iter().map(|text| length(text)),
            error = std::io::Error,
            each_timeout = 1s,
            timeout = 1s,
            limit = 2,
        )
        .await;
        (lengths, whole_length, named.expect("in time"))
    });
    assert_eq!(task.await, (vec![1, 2], 3, (3, vec![1, 2])));
}

#[tokio::test]
async fn in_async_closures_and_blocks() {
    let base = 1;
    let closure = async |n: u32| gather!(double(n), async { base }).await;
    assert_eq!(closure(2).await, (4, 1));
    let block = async move { gather!(double(base)).await.0 };
    assert_eq!(gather!(block, closure(3)).await, (2, (6, 1)));
    let plain = |n| gather!(double(n));
    assert_eq!(plain(4).await, (8,));
}

trait Service {
    type Answer;

    async fn ask(&self, n: u32) -> Self::Answer;

    async fn ask_twice(&self) -> (Self::Answer, Self::Answer) {
        gather!(self.ask(1), self.ask(2)).await
    }
}

struct Doubler;

impl Service for Doubler {
    type Answer = u32;

    async fn ask(&self, n: u32) -> u32 {
        gather!(double(n)).await.0
    }
}

async fn ask_all<S: Service, const N: usize>(service: &S, numbers: [u32; N]) -> [S::Answer; N] {
    gather!(..numbers.map(|n| service.ask(n))).await
}

async fn ask_both<S, F>(service: &S, ask: F) -> (S::Answer, u32, Vec<S::Answer>)
where
    S: Service,
    F: AsyncFn(u32) -> u32,
{
    gather!(service.ask(1), ask(2), ..(3..5).map(|n| service.ask(n))).await
}

async fn both<A: IntoFuture, B>(a: A, b: B) -> (A::Output, B)
where
    A::Output: Send,
{
    gather!(a, async { b }).await
}

#[tokio::test]
async fn in_generic_code() {
    assert_eq!(Doubler.ask_twice().await, (2, 4));
    assert_eq!(ask_all(&Doubler, [1, 2, 3]).await, [2, 4, 6]);
    assert_eq!(ask_both(&Doubler, double).await, (2, 4, vec![6, 8]));
    // In generic code an output that may be a `Result` is none.
    assert_eq!(both(ready(Err::<(), _>(1)), 'b').await, (Err(1), 'b'));
}

async fn question(text: &str) -> Result<(u32, u32), std::num::ParseIntError> {
    Ok(gather!(double(text.parse()?), double(2)).await)
}

async fn give_up(n: Option<u32>) -> u32 {
    let (a, b) = gather!(
        double(match n {
            Some(n) => n,
            None => return 0,
        }),
        double(2),
        limit = if n == Some(9) { return 9 } else { 1 }
    )
    .await;
    a + b
}

#[tokio::test]
async fn leaving_from_within_an_argument() {
    assert_eq!(question("1").await, Ok((2, 4)));
    assert!(question("a").await.is_err());

    assert_eq!(give_up(Some(1)).await, 6);
    assert_eq!(give_up(Some(9)).await, 9);
    assert_eq!(give_up(None).await, 0);

    let mut sum = 0;
    for n in 0.. {
        let (a, b) = gather!(
            double(if n == 1 { continue } else { n }),
            double(if n > 3 { break } else { n })
        )
        .await;
        sum += a + b;
    }
    assert_eq!(sum, 20);
}

#[tokio::test]
async fn a_call_is_a_value_like_any_other() {
    struct Holder<F>(F);

    let pair = || gather!(double(1), double(2));
    let held = Holder(pair());
    let mut pinned = pin!(pair());
    assert_eq!(gather!(held.0, pinned.as_mut()).await, ((2, 4), (2, 4)));
    assert_eq!(gather!(..[pair(), pair()]).await, [(2, 4), (2, 4)]);
    let boxed: std::pin::Pin<Box<dyn Future<Output = (u32, u32)> + Send>> = Box::pin(pair());
    assert_eq!(boxed.await, (2, 4));
    let chosen = match gather!(double(1)).await {
        (2,) => gather!(double(3)).await.0,
        _ => 0,
    };
    assert_eq!(chosen, 6);
}

// ---- loops in places ----------------------------------------------------------------------------------------------------

#[tokio::test]
async fn loops_in_loops() {
    let mut seen = vec![];
    as_completed!(for a in ..[double(1), double(2)] {
        as_completed!(for b in (ready(a), double(a)) {
            as_completed!(for c in ..[ready(b)] {
                as_completed! {
                    d = ready(c) => seen.push((a, b, c, double(d).await)),
                    () = ready(()) => {
                        double(c).await;
                    }
                }
            });
        });
    });
    let all = [(2, 2, 2, 4), (2, 4, 4, 8), (4, 4, 4, 8), (4, 8, 8, 16)];
    assert_eq!(seen, all);
}

#[tokio::test]
async fn loops_in_loops_with_labels() {
    let mut seen = vec![];
    'around: for n in 0..3 {
        as_completed!('a: for a in ..[ready(1), ready(2)] {
            as_completed!('b: for b in ..[ready(3), ready(4)] {
                as_completed!(for c in ..[ready(5), ready(6)] {
                    seen.push((n, a, b, c));
                    match (n, c) {
                        (0, _) => continue 'b,
                        (1, 5) => continue,
                        (1, _) => continue 'a,
                        _ => break 'around,
                    }
                });
            });
        });
    }
    let first = [(0, 1, 3, 5), (0, 1, 4, 5), (0, 2, 3, 5), (0, 2, 4, 5)];
    let second = [(1, 1, 3, 5), (1, 1, 3, 6), (1, 2, 3, 5), (1, 2, 3, 6)];
    assert_eq!(seen[..4], first);
    assert_eq!(seen[4..8], second);
    assert_eq!(seen[8..], [(2, 1, 3, 5)]);
}

#[tokio::test]
async fn a_lent_set_within_another_loop() {
    let mut set = Pending::from_iter([double(1), double(2)]);
    let mut sum = 0;
    as_completed!(for a in ..[ready(1), ready(2)] {
        as_completed!(for b in ..&mut set {
            sum += a * b;
            if b == 4 {
                set.push(double(5));
                break;
            }
            double(b).await;
        });
    });
    assert_eq!(sum, 2 + 4 + 20);
}

#[tokio::test]
async fn loops_inside_of_arguments() {
    let mut sum = 0;
    as_completed!(for n in ..[double(1), double(2)] {
        let (a, b) = gather!(double(n), async {
            let mut inner = 0;
            as_completed!(for m in (double(n), ready(1)) {
                inner += m;
            });
            inner
        })
        .await;
        let (done, _) = wait!(double(n)).await;
        sum += a + b + u32::from(done.len() == 1);
        assert_eq!(ready(n).await, n, "of {}", ready(n).await);
    });
    assert_eq!(sum, (4 + 5 + 1) + (8 + 9 + 1));
}

async fn sum_of_results(texts: &[&str]) -> Result<u32, std::num::ParseIntError> {
    let mut sum = 0;
    as_completed!(
        for n in ..texts.iter().map(|text| async { text.parse::<u32>() }) {
            sum += double(n?).await;
        }
    );
    as_completed! {
        n = async { texts[0].parse::<u32>() } => sum += n?,
        () = ready(()) => {}
    }
    Ok(sum)
}

#[tokio::test]
async fn leaving_from_within_a_loop() {
    assert_eq!(sum_of_results(&["1", "2"]).await, Ok(7));
    assert!(sum_of_results(&["1", "a"]).await.is_err());
}

#[tokio::test]
async fn a_loop_is_a_statement_or_an_expression() {
    let unit: () = as_completed!(for _ in ready(1) {});
    let () = as_completed! { _ = ready(1) => {} };
    match ready(1).await {
        1 => as_completed!(for _ in ready(1) {}),
        _ => unit,
    }
    let closure = async |n: u32| {
        as_completed!(for m in double(n) {
            assert_eq!(m, 2 * n);
        });
    };
    closure(1).await;
    spawn(async {
        let text = String::from("ab");
        as_completed!(for n in (length(&text), length(&text[1..])) {
            assert!(n == 2 || n == 1);
            ready(()).await;
        });
    })
    .await;
}

// ---- groups in places -----------------------------------------------------------------------------------------------

#[tokio::test]
async fn a_body_is_a_block_or_an_expression() {
    assert_eq!(task_group!(|tg| tg.spawn(double(1)).await).await, 2);
    assert_eq!(
        task_group!(|tg| if tg.is_cancelled() { 1 } else { 2 }).await,
        2
    );
    assert_eq!(
        task_group!(|tg| match tg.spawn(double(1)).await {
            2 => 'a',
            _ => 'b',
        })
        .await,
        'a'
    );
    assert_eq!(task_group!(|_tg| async { 1 }.await).await, 1);
    assert_eq!(
        task_group!(|_tg| { Some(1_u8) }?.checked_add(1)).await,
        Some(2)
    );
    assert_eq!(
        task_group!(|_tg| 'a: {
            if length("a").await == 1 {
                break 'a 1;
            }
            2
        })
        .await,
        1
    );
    let (child,) = task_group!(|tg| (tg.spawn(double(1)),)).await;
    assert!(child.is_finished());
    task_group!(|_| ()).await;
    task_group!(|_| {}).await;
    task_group!(|tg| drop(tg)).await;
}

/// What a body holds is its own: items, labels, names.
#[tokio::test]
async fn a_body_is_a_scope() {
    let n = 1;
    let sum = task_group!(|tg| {
        use std::future::ready as now;

        const TWO: u32 = 2;

        async fn triple(n: u32) -> u32 {
            now(3 * n).await
        }

        let n = n + TWO;
        let tg = tg.spawn(triple(n));
        tg.await
    })
    .await;
    assert_eq!((sum, n), (9, 1));
}

#[tokio::test]
async fn temporaries_of_a_groups_options_live_as_long_as_the_call() {
    let group = task_group!(
        |tg| tg.spawn(double(1)).await,
        limit = String::from("a").len()
    );
    assert_eq!(group.await, 2);
}

impl Doubler {
    async fn ask_in_a_group(&self, numbers: &[u32]) -> Vec<u32> {
        let answers = std::sync::Mutex::new(vec![]);
        task_group!(|tg| {
            for number in numbers {
                tg.spawn_scoped(async {
                    let answer = self.ask_if_sent(*number).await;
                    answers.lock().unwrap().push(answer);
                });
            }
        })
        .await;
        answers.into_inner().unwrap()
    }

    async fn ask_if_sent(&self, n: u32) -> u32 {
        double(n).await
    }
}

trait Scoped: Sync {
    type Answer: Send + 'static;

    fn answer(&self, n: u32) -> impl Future<Output = Self::Answer> + Send;

    async fn answers(&self) -> (Self::Answer, Self::Answer) {
        task_group!(|tg| {
            let (one, two) = (
                tg.spawn_scoped(self.answer(1)),
                tg.spawn_scoped(self.answer(2)),
            );
            (one.await, two.await)
        })
        .await
    }
}

impl Scoped for Doubler {
    type Answer = u32;

    async fn answer(&self, n: u32) -> u32 {
        double(n).await
    }
}

async fn all_answers<S: Scoped, const N: usize>(service: &S, numbers: [u32; N]) -> Vec<S::Answer> {
    task_group!(|tg| {
        let children = numbers.map(|n| tg.spawn_scoped(service.answer(n)));
        let mut answers = vec![];
        for child in children {
            answers.push(child.await);
        }
        answers
    })
    .await
}

async fn spawn_both<A, B, E>(one: A, two: B) -> Result<(A::Output, B::Output), Failures<E>>
where
    A: Future<Output: Send + 'static> + Send + 'static,
    B: Future<Output: Send + 'static> + Send + 'static,
    E: Send + 'static,
{
    task_group!(<E> |tg| {
        let one = tg.spawn(async { Ok(one.await) });
        let two = tg.spawn(async { Ok(two.await) });
        Ok((one.await, two.await))
    })
    .await
}

#[tokio::test]
async fn groups_in_generic_code() {
    assert_eq!(Doubler.ask_in_a_group(&[1, 2, 3]).await, [2, 4, 6]);
    assert_eq!(Doubler.answers().await, (2, 4));
    assert_eq!(all_answers(&Doubler, [1, 2]).await, [2, 4]);
    let both = spawn_both::<_, _, String>(double(1), ready('b')).await;
    assert_eq!(both.ok(), Some((2, 'b')));
}

fn spawn_more<'a, R>(tg: &TaskGroup<'a, R>, words: &'a [String])
where
    R: Send,
{
    for word in words {
        tg.spawn_scoped(async move { word.len() });
    }
}

#[tokio::test]
async fn groups_in_closures_and_tasks() {
    let words = vec![String::from("a"), String::from("bc")];
    let closure = async |n: u32| {
        task_group!(|tg| {
            spawn_more(&tg, &words);
            tg.spawn(double(n)).await
        })
        .await
    };
    assert_eq!(closure(1).await, 2);
    let plain = |n| task_group!(move |tg| tg.spawn(double(n)).await);
    assert_eq!(plain(2).await, 4);
    let task = spawn(async move {
        let whole = task_group!(|tg| {
            let lengths = words.iter().map(|word| tg.spawn_scoped(length(word)));
            gather!(..lengths).await
        });
        whole.await
    });
    assert_eq!(task.await, [1, 2]);
    let group = task_group!(|outer| {
        let child = outer.spawn(task_group!(|inner| inner.spawn(double(1)).await));
        let mut sum = child.await;
        as_completed!(for n in (double(1), double(2)) {
            sum += task_group!(|tg| tg.spawn(double(n)).await).await;
        });
        sum
    });
    assert_eq!(spawn(group).await, 2 + 4 + 8);
}

async fn given_up(text: &str) -> Result<u32, std::num::ParseIntError> {
    let n = task_group!(|tg| {
        let n: u32 = text.parse()?;
        if n == 0 {
            return Ok(9);
        }
        Ok(tg.spawn(double(n)).await)
    })
    .await?;
    Ok(n + 1)
}

#[tokio::test]
async fn leaving_a_body() {
    assert_eq!(given_up("1").await, Ok(3));
    assert_eq!(given_up("0").await, Ok(10));
    assert!(given_up("a").await.is_err());
}
