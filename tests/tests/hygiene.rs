//! The macros in surroundings that are none of their business: whatever the user's code is called and however it is
//! laid out, a call means what it says.

use std::{
    future::{Future, pending, ready},
    ops::Deref,
    pin::pin,
};

use rejoin::{gather, spawn};

#[path = "../editions/forms.rs"]
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
            let named: ::std::result::Result<(), u8> = ::rejoin::gather!(<u8>).await;
            ::std::assert_eq!(named, ::std::result::Result::Ok(()));
        }
    };
}

/// Modules where these names are taken, in every way that a name can be; first in a module, then in a function. That
/// they compile is the test.
macro_rules! taken {
    ($($name:ident)*) => {$(
        mod $name {
            taken! { @each $name
                constant { const $name: u8 = 0; mod $name {} macro_rules! $name { () => {}; } }
                unit_struct { struct $name; }
                tuple_struct { struct $name(u8); }
                function { fn $name() {} enum $name {} }
                variant { enum Names { $name } use Names::*; trait $name {} }
                place { static $name: u8 = 0; type $name = u8; }
            }

            async fn parameters<const $name: u8>() {
                every_form!().await;
            }
        }
    )*};
    (@each $name:ident $($kind:ident { $($item:tt)* })*) => {$(
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

/// The same for names that the standard library has given already.
macro_rules! taken_from_std {
    ($($name:ident)*) => {$(
        mod $name {
            taken! { @each $name
                unit_struct { struct $name; }
                tuple_struct { struct $name(u8); }
            }
        }
    )*};
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
    taken! {
        x Two Branch Many Unlimited Outside AsItIs AtOnce After
        gather gather_within gather_partly with limit timeout duration error nothing nothing_or scope rejoin_check
    }
    taken_from_std! {
        Some None Ok Err Option Result Future IntoFuture Iterator IntoIterator Vec Box From Into Send Sized FnOnce
        rejoin alloc compile_error
    }
}

#[test]
fn variables_may_have_any_name() {
    let (with, limit, timeout, duration, error, scope, gather_within) = (1, 2, 3, 4, 5, 6, 7);
    run(every_form!());
    assert_eq!(
        with + limit + timeout + duration + error + scope + gather_within,
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
    use rejoin::gather;

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

    #[tokio::test]
    async fn an_error_type() {
        #[derive(Debug, PartialEq)]
        struct x;
        #[derive(Debug, PartialEq)]
        struct Branch;
        #[derive(Debug, PartialEq)]
        struct Outside(u32);
        assert_eq!(
            gather!(<x> async { Err::<u32, _>(x) }, double(2)).await,
            Err(x)
        );
        assert_eq!(
            gather!(<Branch> async { Err::<u32, _>(Branch) }).await,
            Err(Branch)
        );
        let outside = gather!(
            async { Err::<u32, _>(Outside(1)) },
            limit = 1,
            error = Outside
        )
        .await;
        assert_eq!(outside, Err(Outside(1)));
    }
}

#[no_implicit_prelude]
mod no_prelude {
    #[test]
    fn every_form() {
        super::run(every_form!());
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
    assert_eq!(rejoin_renamed::six().await, Ok(6));
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
