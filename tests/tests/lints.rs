//! No expansion triggers a lint in the code around it: every form of the macros, with everything denied.
//!
//! What is tested here is that it compiles, by `cargo test` for the compiler's lints and by `cargo clippy` for the rest.

#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    clippy::all,
    clippy::nursery,
    clippy::pedantic
)]
#![deny(
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    meta_variable_misuse,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unsafe_code,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
// Those of `clippy::restriction` that an expansion could break and this file does not.
#![deny(
    clippy::allow_attributes,
    clippy::arbitrary_source_item_ordering,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::as_underscore,
    clippy::clone_on_ref_ptr,
    clippy::decimal_literal_representation,
    clippy::default_numeric_fallback,
    clippy::deref_by_slicing,
    clippy::else_if_without_else,
    clippy::empty_drop,
    clippy::exhaustive_structs,
    clippy::exit,
    clippy::field_scoped_visibility_modifiers,
    clippy::float_arithmetic,
    clippy::get_unwrap,
    clippy::if_then_some_else_none,
    clippy::impl_trait_in_params,
    clippy::indexing_slicing,
    clippy::infinite_loop,
    clippy::inline_asm_x86_att_syntax,
    clippy::integer_division,
    clippy::large_include_file,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::map_err_ignore,
    clippy::map_with_unused_argument_over_ranges,
    clippy::mem_forget,
    clippy::min_ident_chars,
    clippy::missing_assert_message,
    clippy::mixed_read_write_in_expression,
    clippy::multiple_unsafe_ops_per_block,
    clippy::non_zero_suggestions,
    clippy::panic,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::rest_pat_in_fully_bound_structs,
    clippy::same_name_method,
    clippy::self_named_module_files,
    clippy::semicolon_inside_block,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::string_slice,
    clippy::todo,
    clippy::try_err,
    clippy::undocumented_unsafe_blocks,
    clippy::unneeded_field_pattern,
    clippy::unreachable,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::verbose_file_reads,
    clippy::wildcard_enum_match_arm
)]

use core::time::Duration;
use std::future::{pending, ready};
use std::io;

use rejoin::{Failures, Pending, TimedOut, as_completed, gather, spawn, task_group, wait};

struct Both {
    one: u32,
    two: u32,
}

struct Words {
    half: Option<usize>,
    length: usize,
    text: String,
}

async fn double(number: u32) -> u32 {
    ready(()).await;
    number.saturating_mul(2)
}

async fn length(text: &str) -> Result<usize, io::Error> {
    ready(()).await;
    Ok(text.len())
}

#[tokio::test]
async fn branches() {
    gather!().await;
    let (one,) = gather!(double(1)).await;
    let (two, three) = gather!(double(one), ready('c'),).await;
    let nine = gather!(
        double(1),
        double(2),
        double(3),
        double(4),
        double(5),
        double(6),
        double(7),
        double(8),
        double(two)
    )
    .await;
    assert_eq!((nine.8, three), (8, 'c'), "doubled twice");
}

#[tokio::test]
async fn spreads() {
    let many = gather!(..(0..3).map(double)).await;
    let array = gather!(..[double(1), double(2)]).await;
    let (both, other, one) = gather!(..vec![double(3)], ..[double(4)], double(5)).await;
    assert_eq!(
        (many.len(), array.len(), both.len(), other.len(), one),
        (3, 2, 1, 1, 10),
        "as many as given"
    );
}

#[tokio::test]
async fn structs() -> Result<(), io::Error> {
    let letters = String::from("ab");
    let both = gather!(Both {
        one: double(3),
        two: |one| double(*one),
    })
    .await;
    let fallible = gather!(<io::Error, limit = 2> Words {
        text: async { letters },
        length: async |text: &String| length(text).await,
        half: |length| async move { length.checked_div(2) },
    })
    .await?;
    let done = ready(1);
    let after = gather!(
        Both {
            one: done,
            two: move |one| -> std::future::Ready<u32> {
                if *one == 0 {
                    return ready(0);
                }
                ready(both.two)
            },
        },
        timeout = 1s
    )
    .await;
    assert_eq!(
        (fallible.text.len(), fallible.length, fallible.half),
        (2, 2, Some(1)),
        "of two letters"
    );
    assert!(
        after.is_ok_and(|found| (found.one, found.two) == (1, 12)),
        "in time"
    );
    Ok(())
}

#[tokio::test]
async fn results() -> Result<(), io::Error> {
    let (one, two) = gather!(length("a"), double(1)).await?;
    let (three, _) = gather!(<io::Error> length("a"), double(1)).await?;
    let four = gather!(
        ..["a", "b"].iter().map(|text| length(text)),
        error = io::Error
    )
    .await?;
    let (five, six) = gather!(length("a"), double(1), return_exceptions = true).await;
    let (seven,) = gather!(<io::Error, return_exceptions = true> double(1)).await;
    gather!(<io::Error>).await?;
    assert_eq!(
        (one, two, three, four, five?, six, seven?),
        (1, 2, 1, vec![1, 1], 1, 2, 2),
        "their values"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn options() -> Result<(), TimedOut> {
    let second = Duration::from_secs(1);
    let (one,) = gather!(double(1), timeout = 2s).await?;
    let (two,) = gather!(<timeout = second> double(1)).await?;
    let (three, four) = gather!(
        double(1),
        pending::<u32>(),
        timeout = second,
        partial = true
    )
    .await;
    let (five, six) = gather!(double(1), pending::<u32>(), each_timeout = 1.5s, limit = 2).await;
    let seven = gather!(..[double(1)], limit = usize::from(true), timeout = 1h).await?;
    let eight =
        gather!(<TimedOut, timeout = 1s, each_timeout = 2s, limit = 1> double(1), pending::<u32>())
            .await;
    assert_eq!(
        (one, two, three, four, five?, seven),
        (2, 2, Some(2), None, 2, [2]),
        "those in time"
    );
    assert!(six.is_err() && eight.is_err(), "too late");
    Ok(())
}

async fn borrowed(texts: &[String]) -> (Vec<usize>, usize) {
    gather!(..texts.iter().map(async |text| text.len()), async {
        texts.len()
    })
    .await
}

fn returned(number: u32) -> impl Future<Output = (u32, u32)> {
    gather!(double(number), double(1))
}

async fn generic<A, B, const N: usize>(first: A, others: [B; N]) -> (A::Output, [B::Output; N])
where
    A: Future + Send,
    B: Future<Output: Send> + Send,
{
    gather!(first, ..others).await
}

async fn leaving(number: Option<u32>) -> Option<(u32, u32)> {
    let (first, second) = gather!(
        double(number?),
        double(match number {
            Some(known) if known > 9 => return None,
            Some(known) => known,
            None => 0,
        })
    )
    .await;
    Some((first, second))
}

#[tokio::test]
async fn places() {
    let texts = vec![String::from("a")];
    let closure = async |number| gather!(double(number), async { texts.len() }).await;
    let whole = gather!(
        borrowed(&texts),
        returned(1),
        generic(double(1), [double(2)]),
        leaving(Some(1)),
        closure(1),
        gather!(spawn(double(1)), spawn(double(2)))
    )
    .await;
    assert_eq!(whole.0, (vec![1], 1), "lengths");
    assert_eq!(
        (whole.1, whole.2, whole.3, whole.4, whole.5),
        ((2, 2), (2, [4]), Some((2, 2)), (2, 1), (2, 4)),
        "the rest"
    );
}

// ---- `as_completed!` ------------------------------------------------------------------------------------------------

async fn nothing() {
    ready(()).await;
}

#[tokio::test(start_paused = true)]
async fn streams() -> Result<(), TimedOut> {
    let second = Duration::from_secs(1);
    let mut one = as_completed!(double(1));
    let mut two = as_completed!(double(1), ready(3), ..(0..3).map(double), limit = 2);
    let mut three = as_completed!(<timeout = 2s> ..[double(1), double(2)],);
    let mut four = as_completed!(double(1), timeout = second, each_timeout = 1s);
    let mut ordered = as_completed!(
        ..(0..3).map(double),
        limit = 2,
        timeout = 1s,
        ordered = true
    )
    .indexed();
    assert!(
        matches!(ordered.next().await, Some(Ok((0, 0)))),
        "the first"
    );
    as_completed!(<ordered = false> for number in (double(1), double(2)) {
        assert!(number > 0, "it is doubled");
    });
    let mut none = as_completed!(..Vec::<std::future::Ready<()>>::new());
    assert_eq!(one.next().await, Some(2), "the only one");
    let mut sum = 0_u32;
    while let Some(number) = two.next().await {
        sum = sum.saturating_add(number);
    }
    while let Some(number) = three.next().await.transpose()? {
        sum = sum.saturating_add(number);
    }
    let last = four.next().await.transpose()?.transpose()?;
    assert_eq!((sum, last), (17, Some(2)), "all of them");
    assert_eq!(none.next().await, None, "there is none");
    as_completed!(double(1), double(2))
        .for_each(async |number| assert!(number > 0, "doubled"))
        .await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn loops() -> Result<(), TimedOut> {
    let mut sum = 0_u32;
    as_completed!(for number in ..(0..3).map(double) {
        sum = sum.saturating_add(number);
        nothing().await;
    });
    as_completed!(for number in double(1) {
        sum = sum.saturating_add(double(number).await);
    });
    as_completed!(for number in (double(1), ..[double(2)], ready(3)) {
        sum = sum.saturating_add(number);
    });
    as_completed!(<timeout = 2s> for number in (double(1), double(2)) {
        sum = sum.saturating_add(number?);
    });
    as_completed!(
        for number in (double(1), double(2)) {
            sum = sum.saturating_add(number??);
        },
        timeout = 2s,
        each_timeout = 1s,
        limit = 1
    );
    as_completed!(for () in (nothing(), nothing()) {
        sum = sum.saturating_add(1);
    });
    as_completed!(for _ in (double(1), double(1)) {});
    as_completed!(for mut number in double(1) {
        number = number.saturating_add(1);
        sum = sum.saturating_add(number);
    });
    as_completed!(for Ok(number) | Err(number) in ready(Ok::<u32, u32>(1)) {
        sum = sum.saturating_add(number);
    });
    assert_eq!(sum, 37, "all of them");
    Ok(())
}

#[tokio::test]
async fn loops_that_are_left() {
    let mut sum = 0_u32;
    as_completed!(for number in (double(1), double(2)) {
        sum = sum.saturating_add(number);
        break;
    });
    as_completed!('outer: for number in (double(1), double(2)) {
        as_completed!('inner: for other in (double(3), double(4)) {
            sum = sum.saturating_add(other);
            if number > 2 {
                break 'outer;
            }
            if other > 6 {
                nothing().await;
                continue 'inner;
            }
            continue 'outer;
        });
    });
    for number in 0_u32..3 {
        as_completed!(for other in (double(number), double(2)) {
            if other > number {
                continue;
            }
            sum = sum.saturating_add(other);
        });
    }
    let found = as_completed!('outer: for number in (double(1), double(2)) {
        let inner = as_completed!(for other in (double(3), double(4)) {
            if number > 2 {
                break 'outer number;
            }
            break double(other).await;
        });
        assert_eq!(inner, Some(12), "of the first branch");
        nothing().await;
    });
    assert_eq!(found, Some(4), "of the second branch");
    assert_eq!(
        as_completed!(for number in double(1) {
            break number;
        }),
        Some(2),
        "the first"
    );
    let by_label = as_completed!('outer: for number in (double(1), double(2)) {
        for divisor in 2_u32..3 {
            if number.checked_rem(divisor) == Some(0) {
                break 'outer divisor;
            }
        }
    });
    assert_eq!(by_label, Some(2), "of the first");
    let value = as_completed! {
        number = double(1) => break Ok(number),
        word = ready("a") => { break Err(word); }
        () = nothing() => {}
    };
    assert_eq!(value, Some(Ok(2)), "the first");
    assert_eq!(sum, 14, "until it was left");
    assert_eq!(first(&[1, 2]).await, Some(2), "the first");
    assert_eq!(first(&[]).await, None, "none");
}

async fn first(numbers: &[u32]) -> Option<u32> {
    as_completed!(
        for number in ..numbers.iter().map(|number| double(*number)) {
            nothing().await;
            return Some(number);
        }
    );
    None
}

#[tokio::test(start_paused = true)]
async fn loops_that_are_lent() -> Result<(), TimedOut> {
    let mut set = Pending::from_iter([double(1), double(2)]);
    let mut sum = 0_u32;
    as_completed!(for number in ..&mut set {
        sum = sum.saturating_add(number);
        if number == 2 {
            let pushed = set.push(double(3));
            assert_eq!(pushed, 2, "it is the third");
        }
        nothing().await;
    });
    let mut other = Pending::from_iter([ready(1)]);
    as_completed!(
        for number in (..&mut set, ready(4), ..&mut other) {
            sum = sum.saturating_add(number?);
            nothing().await;
        },
        timeout = 1s,
        limit = 2
    );
    let lent = &mut set;
    as_completed!(for number in ..&mut *lent {
        sum = sum.saturating_add(number);
    });
    assert_eq!(sum, 17, "all of them");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn arms() -> Result<(), TimedOut> {
    let mut sum = 0_u32;
    let mut text = String::new();
    as_completed! {
        number = double(1) => sum = sum.saturating_add(number),
    }
    as_completed! {
        number = double(1) => sum = sum.saturating_add(number),
        word = ready("a") => text.push_str(word),
        () = nothing() => {}
        _ = ready('b') => nothing().await,
        mut number in ..(0..3).map(double) => {
            number = double(number).await;
            sum = sum.saturating_add(number);
        }
        (word, _) = ready(("c", "d")) => {
            text.push_str(word);
            double(1).await
        },
    }
    as_completed! {
        <limit = 2>
        number = double(1) => {
            sum = sum.saturating_add(number);
            break;
        }
        word = pending::<&str>() => text.push_str(word),
    }
    as_completed! {
        number = double(1) => sum = sum.saturating_add(number?),
        word = ready("e") => text.push_str(word?),
        late = pending::<()>() => assert!(late.is_err(), "it never comes"),
        timeout = 2s,
        limit = 3,
    }
    let more = sum > 0;
    as_completed! {
        Some(number) = ready(Some(1)), if more => sum = sum.saturating_add(number),
        Ok(number) = ready(Ok::<u32, std::convert::Infallible>(1)), if !more && sum > 1 => sum = sum.saturating_add(number),
        1_u32 | 2 = ready(3) => {}
        _ = ready('g') => (),
        Some('g') = ready(Some('h')) => (),
        Some(number) in ..[ready(None), ready(Some(2))], if more => { sum = sum.saturating_add(number); }
        Both { one, two } = ready(Both { one: 0, two: 0 }) => sum = sum.saturating_add(one.saturating_add(two)),
    }
    as_completed! {
        number = double(1) => sum = sum.saturating_add(number?),
        word = ready("f") => text.push_str(word?),
        each_timeout = 1s,
    }
    assert_eq!(sum, 25, "all of them");
    assert_eq!(text.len(), 4, "all of them");
    Ok(())
}

async fn arms_with_results(word: &str) -> Result<usize, io::Error> {
    let mut sum = 0_usize;
    as_completed! {
        number = length(word) => sum = sum.saturating_add(number?),
        number = ready(1_usize) => {
            if word.is_empty() {
                return Ok(0);
            }
            sum = sum.saturating_add(number);
        }
    }
    Ok(sum)
}

// ---- `wait!` --------------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn waits() {
    let second = Duration::from_secs(1);
    let (all, rest) = wait!(double(1), double(2), ..(0..3).map(double)).await;
    assert_eq!((all.len(), rest.len()), (5, 0), "all of them");
    let (at_once, none) = wait!(..(0..3).map(double), return_when = FIRST_COMPLETED).await;
    assert_eq!((at_once.into_iter().count(), none.len()), (3, 0), "at once");
    let (first, left) =
        wait!(<return_when = COMPLETED(1), timeout = second> double(1), pending()).await;
    assert_eq!(first.iter().copied().sum::<u32>(), 2, "the first");
    let (nobody, _) = wait!(..left, limit = 2, timeout = 1s).await;
    assert!(nobody.is_empty(), "it never comes");
    let (good, _) = wait!(length("a"), length("b"), return_when = FIRST_EXCEPTION).await;
    assert!(good.iter().all(Result::is_ok), "they all are");
    let (success, _) = wait!(..[length("a")], return_when = FIRST_SUCCESS,).await;
    assert_eq!(success.indexed().count(), 1, "it was");
    let (last, _) = wait!(double(1), return_when = ALL_COMPLETED).await;
    drop(last);
    assert!(arms_with_results("a").await.is_ok(), "of length 1");
}

async fn generic_loops<A, B, const N: usize>(first: A, others: [B; N]) -> Vec<A::Output>
where
    A: Future<Output: Send> + Send,
    B: Future<Output = A::Output> + Send,
{
    let mut all = Vec::new();
    as_completed!(for item in (first, ..others) {
        all.push(item);
        nothing().await;
    });
    all
}

#[tokio::test]
async fn loops_in_places() {
    let all = spawn(generic_loops(double(1), [double(2)])).await;
    assert_eq!(all, [2, 4], "both");
    let closure = async |number: u32| {
        let mut sum = number;
        as_completed!(for item in (double(number), double(1)) {
            sum = sum.saturating_add(item);
        });
        sum
    };
    assert_eq!(closure(1).await, 5, "the sum");
    let (done, _) = wait!(closure(1), closure(2), return_when = COMPLETED(2)).await;
    assert_eq!(done.len(), 2, "both");
}

// ---- `task_group!` --------------------------------------------------------------------------------------------------

#[tokio::test(start_paused = true)]
async fn groups() -> Result<(), TimedOut> {
    let second = Duration::from_secs(1);
    let words = [String::from("a"), String::from("bc")];
    let sum = task_group!(|tg| {
        let one = tg.spawn(double(1));
        let two = tg.spawn_scoped(async { words.len() });
        let three = tg.spawn_blocking(|| 3_u32);
        drop(tg.spawn_daemon(pending::<()>()));
        let _length = two.await;
        one.await.saturating_add(three.await)
    })
    .await;
    task_group!(|tg| {
        for word in &words {
            drop(tg.spawn_scoped(async move { word.len() }));
        }
    })
    .await;
    let single = task_group!(|tg| tg.spawn(double(2)).await).await;
    let chosen = task_group!(|tg| match sum {
        5 => tg.spawn(double(3)).await,
        _ => 0,
    })
    .await;
    task_group!(|_tg| nothing().await).await;
    task_group!(|_| {}).await;
    task_group!(|_| ()).await;
    task_group!(|_| nothing().await,).await;
    let moved = task_group!(move |tg| tg.spawn(double(chosen)).await).await;
    let asked = task_group!(async |tg| tg.spawn(double(1)).await).await;
    let both = task_group!(async move |mut tg| {
        tg = tg.clone();
        tg.spawn(double(moved)).await
    })
    .await;
    let said = task_group!(|tg| -> u32 { tg.spawn(double(4)).await }).await;
    let stopped = task_group!(|tg| {
        tg.stop(1_u32);
        pending().await
    })
    .await;
    let left = task_group!(|tg| {
        if tg.is_cancelled() {
            return 1_u32;
        }
        tg.ready().await;
        2
    })
    .await;
    assert_eq!(
        (sum, single, chosen, moved, asked, both, said, stopped, left),
        (5, 4, 6, 12, 2, 24, 8, 1, 2),
        "as they say"
    );
    let within = task_group!(<timeout = 2s, limit = 1> |tg| tg.spawn(double(1)).await).await?;
    let options = task_group!(
        |tg| tg.spawn(double(1)).await,
        timeout = second,
        limit = usize::from(true),
        grace = 5s,
    )
    .await?;
    let late = task_group!(|_tg| pending::<()>().await, timeout = 1s).await;
    assert_eq!((within, options), (2, 2), "in time");
    assert!(late.is_err(), "too late");
    Ok(())
}

#[tokio::test]
async fn groups_that_fail() -> Result<(), Failures<io::Error>> {
    let text = String::from("abc");
    let sum = task_group!(<io::Error> |tg| {
        let one = tg.spawn(length("a"));
        let two = tg.spawn_scoped(length(&text));
        drop(tg.spawn(nothing()));
        let three = length("ab").await?;
        Ok(one.await.saturating_add(two.await).saturating_add(three))
    })
    .await?;
    let named = task_group!(
        |tg| {
            let child = tg.spawn(async {
                nothing().await;
                Ok(length("a").await?.saturating_add(1))
            });
            Ok(child.await)
        },
        error = io::Error
    )
    .await?;
    let said = task_group!(<io::Error> |tg| -> Result<usize, io::Error> {
        Ok(tg.spawn(length("a")).await)
    })
    .await?;
    let single = task_group!(<io::Error> |_tg| length("a").await).await?;
    let never = task_group!(<io::Error> |tg| {
        drop(tg.spawn(async { Err::<(), _>(io::Error::from(io::ErrorKind::NotFound)) }));
        pending().await
    })
    .await
    .map(|()| 1_u32);
    assert_eq!((sum, named, said, single), (6, 2, 1, 1), "their lengths");
    assert!(never.is_err(), "it has failed");
    Ok(())
}

async fn generic_groups<A, B>(first: A, others: &[B]) -> (A::Output, usize)
where
    A: Future<Output: Send + 'static> + Send + 'static,
    B: AsRef<str> + Sync,
{
    task_group!(|tg| {
        let child = tg.spawn(first);
        let mut sum = 0_usize;
        for other in others {
            let length = tg.spawn_scoped(async { other.as_ref().len() });
            sum = sum.saturating_add(length.await);
        }
        (child.await, sum)
    })
    .await
}

fn returned_groups(text: &str) -> impl Future<Output = usize> + Send {
    task_group!(move |tg| {
        drop(tg.spawn(nothing()));
        text.len()
    })
}

async fn left_groups(number: Option<u32>) -> Option<u32> {
    task_group!(|tg| {
        let known = number?;
        if known > 9 {
            return None;
        }
        Some(tg.spawn(double(known)).await)
    })
    .await
}

#[tokio::test]
async fn groups_in_places() {
    let whole = spawn(async {
        let words = ["a", "bc"];
        generic_groups(double(1), &words).await
    })
    .await;
    assert_eq!(whole, (2, 3), "both");
    assert_eq!(returned_groups("abc").await, 3, "its length");
    assert_eq!(left_groups(Some(2)).await, Some(4), "doubled");
    assert_eq!(left_groups(None).await, None, "left");
    let text = String::from("abcd");
    let closure = async |number: u32| {
        task_group!(|tg| {
            let child = tg.spawn_scoped(async { text.len() });
            (tg.spawn(double(number)).await, child.await)
        })
        .await
    };
    assert_eq!(closure(2).await, (4, 4), "both");
    let nested = task_group!(|outer| {
        let inner = outer.spawn(task_group!(|tg| tg.spawn(double(1)).await));
        let (one, two) = gather!(inner, task_group!(|tg| tg.spawn(double(2)).await)).await;
        let mut sum = one.saturating_add(two);
        as_completed!(for number in (double(1), double(2)) {
            sum = sum.saturating_add(task_group!(|tg| tg.spawn(double(number)).await).await);
        });
        sum
    })
    .await;
    assert_eq!(nested, 18, "the sum");
}

// What the user wrote is looked at as anywhere else.

#[tokio::test]
#[expect(
    unused_variables,
    clippy::redundant_closure,
    reason = "to see that the lints are heard"
)]
async fn unused_results_and_closures() {
    let (one, two) = gather!(double(1), double(2)).await;
    let doubled = gather!(..[3, 4].map(|number| double(number))).await;
    assert_eq!(doubled, [6, 8], "as ever");
}

#[tokio::test]
#[expect(unused_must_use, reason = "to see that the lint is heard")]
async fn an_unused_future() {
    gather!(double(1));
}

#[tokio::test]
#[expect(unused_must_use, reason = "to see that the lint is heard")]
async fn an_unused_wait_and_stream() {
    wait!(double(1));
    as_completed!(double(1));
}

#[tokio::test]
#[expect(
    unused_variables,
    unused_mut,
    reason = "to see that the lints are heard"
)]
async fn unused_variables_of_loops() {
    as_completed!(for mut number in double(1) {});
    as_completed! {
        number = double(1) => {}
    }
    as_completed!(for _ in double(1) {
        return;
    });
}

#[tokio::test]
#[expect(
    unreachable_code,
    clippy::diverging_sub_expression,
    reason = "to see that the lint is heard"
)]
async fn unreachable_arguments() {
    let (_never,) = gather!(double(return)).await;
}

#[tokio::test]
#[expect(unused_must_use, reason = "to see that the lint is heard")]
async fn an_unused_group() {
    task_group!(|_tg| {});
}

#[tokio::test]
#[expect(
    unused_variables,
    unused_mut,
    reason = "to see that the lints are heard"
)]
async fn unused_names_of_groups() {
    task_group!(|tg| {}).await;
    task_group!(|mut tg| drop(tg)).await;
}

#[tokio::test]
#[expect(unreachable_code, reason = "to see that the lint is heard")]
async fn unreachable_bodies() {
    task_group!(|_tg| {
        return;
        nothing().await;
    })
    .await;
}

#[tokio::test]
#[expect(
    clippy::let_and_return,
    clippy::needless_borrow,
    reason = "to see that the lints are heard"
)]
async fn bodies_are_looked_at() {
    let one = task_group!(|_tg| {
        let one = double(1).await;
        one
    })
    .await;
    let two = task_group!(|_tg| length(&&"a").await.is_ok()).await;
    assert!(one == 2 && two, "as ever");
}

#[tokio::test]
async fn ends() {
    let stopped = gather!(double(1), until = ready(())).await;
    assert_eq!(stopped, Ok((2,)));
    let both: Result<(u32,), io::Error> =
        gather!(<io::Error> double(1), until = pending::<()>(), timeout = 1s).await;
    assert!(both.is_ok());
    let some = gather!(pending::<u32>(), until = ready(()), partial = true).await;
    assert_eq!(some, (None,));
    as_completed!(
        for number in ..[double(1)] {
            assert_eq!(number, 2);
        },
        until = pending::<()>()
    );
    as_completed! {
        number = double(1) => assert_eq!(number, 2),
        until = pending::<()>()
    }
    let (done, _) = wait!(pending::<u32>(), until = ready(())).await;
    assert!(done.is_empty());
    let value = task_group!(|_| double(1).await, until = pending::<()>()).await;
    assert_eq!(value, Ok(2));
}
