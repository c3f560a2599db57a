//! `gather!` of a fixed number of branches, against the `join!`s.

mod nested;
mod real_leaves;

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_concurrency::future::Join as _;

use crate::counting::count;
use crate::drive::{Driver, now};
use crate::leaf::Leaves;
use crate::sheet::{Figure, Limit, OURS, Sheet, Target};

const TITLE: &str = "Static: `gather!` of k branches";
const NOTE: &str = "\
Every contender is awaited in an async block, as in a program. A ready branch is an `async fn` that returns a number and
awaits nothing. The channels are woken one at a time in argument order; their time includes sending, and for oneshots the
creation of the channel. futures-concurrency joins tuples of at most 15 branches, so it is left out at 16.";

const TOKIO: &str = "tokio::join!";
const FUTURES: &str = "futures::join!";
const CONCURRENCY: &str = "futures-concurrency";
const MAYBE: &str = "join_me_maybe";

/// Expands to the name of a contender, or to its future of `branch(0)`, `branch(1)` and so on: an async block, or with `bare` the
/// future itself.
macro_rules! by {
    (name tokio) => { TOKIO };
    (name futures) => { FUTURES };
    (name concurrency) => { CONCURRENCY };
    (name maybe) => { MAYBE };
    (name rejoin) => { OURS };
    (tokio $branch:ident ($($i:literal)*)) => { async { tokio::join!($($branch($i)),*) } };
    (futures $branch:ident ($($i:literal)*)) => { async { futures::join!($($branch($i)),*) } };
    (maybe $branch:ident ($($i:literal)*)) => { async { join_me_maybe::join!($($branch($i)),*) } };
    (concurrency $branch:ident $indices:tt) => {
        async { by!(bare concurrency $branch $indices).await }
    };
    (rejoin $branch:ident $indices:tt) => { async { by!(bare rejoin $branch $indices).await } };
    (bare concurrency $branch:ident ($($i:literal)*)) => { ($($branch($i),)*).join() };
    (bare rejoin $branch:ident ($($i:literal)*)) => { rejoin::gather!($($branch($i)),*) };
    (bare $by:ident $branch:ident $indices:tt) => { by!($by $branch $indices) };
}
use by;

/// Runs the section.
pub(crate) fn run(sheet: &mut Sheet) {
    sheet.section(TITLE, NOTE);
    all_ready(sheet);
    real_leaves::run(sheet);
    polls(sheet);
    nested::run(sheet);
    trivial_leaves(sheet);
    size(sheet);
}

fn all_ready(sheet: &mut Sheet) {
    async fn branch(value: u64) -> u64 {
        black_box(value)
    }

    macro_rules! rows {
        ($k:literal, $indices:tt, [$($by:ident)*]) => {
            let name = concat!("all ready, k = ", $k);
            let target = Target::at_most(1.2, TOKIO);
            sheet.timed(name, "ns", Some(target), |race| {
                $(race.add(by!(name $by), 1, || now(by!($by branch $indices)));)*
            });
            sheet.counted(name, "allocations", Limit::Exactly(0), || {
                vec![$({
                    let (_, allocated) = count(|| now(by!($by branch $indices)));
                    Figure::exact(by!(name $by), allocated.calls)
                }),*]
            });
        };
    }

    rows!(2, (0 1), [tokio futures concurrency maybe rejoin]);
    rows!(4, (0 1 2 3), [tokio futures concurrency maybe rejoin]);
    rows!(8, (0 1 2 3 4 5 6 7), [tokio futures concurrency maybe rejoin]);
    rows!(16, (0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15), [tokio futures maybe rejoin]);
}

/// Counts polls and allocations while branches are woken one at a time.
fn polls(sheet: &mut Sheet) {
    macro_rules! rows {
        ($k:literal, $indices:tt, [$($by:ident)*]) => {
            let name = concat!("branches woken one at a time, k = ", $k);
            let measured = [$((by!(name $by), {
                let (leaves, driver) = (Leaves::new($k), Driver::in_order($k));
                let branch = |index| leaves.leaf(index, 1);
                let (_, allocated) =
                    count(|| driver.one_at_a_time(&leaves, 1, by!($by branch $indices)));
                (leaves.take_polls(), allocated.calls)
            })),*];
            sheet.counted(name, "polls", Limit::Exactly(2 * $k), || {
                measured.map(|(name, (polls, _))| Figure::exact(name, polls)).to_vec()
            });
            sheet.counted(name, "allocations", Limit::AtMost(1.0), || {
                measured.map(|(name, (_, calls))| Figure::exact(name, calls)).to_vec()
            });
        };
    }

    rows!(4, (0 1 2 3), [tokio futures concurrency maybe rejoin]);
    rows!(8, (0 1 2 3 4 5 6 7), [tokio futures concurrency maybe rejoin]);
    rows!(16, (0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15), [tokio futures maybe rejoin]);
}

/// Measures few branches that are cheap to poll, so that polling all of them is hard to beat.
fn trivial_leaves(sheet: &mut Sheet) {
    /// The number of wakes, which makes the cost of the call itself negligible.
    const WAKES: u32 = 100;

    macro_rules! row {
        ($k:literal, $indices:tt, [$($by:ident)*]) => {
            let name = concat!("a trivial leaf woken often, k = ", $k);
            let target = Target::at_most(1.2, TOKIO);
            sheet.timed(name, "ns a wake", Some(target), |race| {
                $(
                    let (leaves, driver) = (Leaves::new($k), Driver::in_order($k));
                    race.add(by!(name $by), $k * WAKES as usize, move || {
                        let branch = |index| leaves.leaf(index, WAKES);
                        driver.one_at_a_time(&leaves, WAKES, by!($by branch $indices))
                    });
                )*
            });
        };
    }

    row!(2, (0 1), [tokio futures concurrency maybe rejoin]);
    row!(3, (0 1 2), [tokio futures concurrency maybe rejoin]);
}

/// Measures the size of the future. Macros that await by themselves need an async block.
fn size(sheet: &mut Sheet) {
    /// A branch of 64 bytes.
    struct Wide([u64; 8]);

    impl Future for Wide {
        type Output = u64;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
            Poll::Ready(self.0[0])
        }
    }

    fn branch(value: u64) -> Wide {
        Wide([value; 8])
    }

    macro_rules! row {
        ($indices:tt, [$($by:ident)*]) => {{
            let limit = Limit::AtMost(1.15 * 8.0 * 64.0);
            sheet.counted("the future, k = 8 branches of 64 bytes", "bytes", limit, || {
                vec![$(sized(by!(name $by), &by!(bare $by branch $indices))),*]
            });
        }};
    }

    row!((0 1 2 3 4 5 6 7), [tokio futures concurrency maybe rejoin]);
}

/// Returns the size of a value.
fn sized<T>(name: &'static str, value: &T) -> Figure {
    Figure::exact(
        name,
        u32::try_from(size_of_val(value)).expect("a small value"),
    )
}
