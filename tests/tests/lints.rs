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

use rejoin::{TimedOut, gather, spawn};

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
#[expect(
    unreachable_code,
    clippy::diverging_sub_expression,
    reason = "to see that the lint is heard"
)]
async fn unreachable_arguments() {
    let (one,) = gather!(double(return)).await;
    assert_eq!(one, 2, "never");
}
