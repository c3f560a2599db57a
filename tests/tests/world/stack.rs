//! Sixteen branches of 4 KiB overflowed the 2 MiB stack of a worker, in a build that is not optimized: such a build copies a
//! value for every function that it is handed through, and the macros handed each branch through many.
//!
//! Where a stack is too small the process aborts, and names the thread.

#![allow(
    clippy::large_futures,
    clippy::large_stack_arrays,
    reason = "they are what is tested"
)]

use std::{future::Future, hint::black_box, thread};

use rejoin::{Pending, as_completed, gather, wait};
use tokio::{runtime, task::yield_now};

/// A future that is larger than `SIZE` bytes.
async fn large<const SIZE: usize>(n: u8) -> u8 {
    let bytes = black_box([n; SIZE]);
    yield_now().await;
    bytes[SIZE / 2]
}

/// A future of 4 KiB.
fn page(n: u8) -> impl Future<Output = u8> {
    large::<4096>(n)
}

/// Hands 32 of them to a macro, in brackets behind `$to`.
macro_rules! pages {
    ($macro:ident! $($to:tt)*) => {
        $macro!($($to)* [
            page(0), page(1), page(2), page(3), page(4), page(5), page(6), page(7),
            page(8), page(9), page(10), page(11), page(12), page(13), page(14), page(15),
            page(16), page(17), page(18), page(19), page(20), page(21), page(22), page(23),
            page(24), page(25), page(26), page(27), page(28), page(29), page(30), page(31)
        ])
    };
}

/// A call with these items.
macro_rules! call {
    (within $after:tt [$($item:expr),*]) => { gather!($($item),*, timeout = $after) };
    (array [$($item:expr),*]) => { gather!(..[$($item),*]) };
    (each $count:ident [$($item:expr),*]) => { as_completed!(for _ in ($($item),*) { $count += 1; }) };
    ($name:ident [$($item:expr),*]) => { $name!($($item),*) };
}

/// Runs what `make` makes on a thread whose stack has as many KiB.
fn on_a_stack_of<F: Future>(kib: usize, make: impl FnOnce() -> F + Send + 'static) {
    let thread = thread::Builder::new().stack_size(kib << 10).spawn(|| {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("there is enough for one");
        runtime.block_on(async { Box::pin(make()).await });
    });
    let thread = thread.expect("there is enough for one");
    thread.join().expect("it does not panic");
}

/// `tokio::join!` needs 423 KiB of stack for the same futures.
#[test]
fn a_gather_of_large_branches() {
    on_a_stack_of(1024, || async {
        let pages = pages!(call! gather).await;
        assert_eq!(pages.31, 31);
    });
    on_a_stack_of(1152, || async {
        let pages = pages!(call! within 1s).await;
        assert_eq!(pages.expect("they are in time").31, 31);
    });
}

#[test]
fn a_spread_array_of_large_branches() {
    on_a_stack_of(2048, || async {
        let pages = pages!(call! array).await;
        assert_eq!(pages[31], 31);
    });
}

#[test]
fn a_wait_for_large_branches() {
    on_a_stack_of(448, || async {
        let (done, pending) = pages!(call! wait).await;
        assert_eq!((done.into_iter().count(), pending.len()), (32, 0));
    });
}

#[test]
fn a_stream_of_large_branches() {
    on_a_stack_of(448, || async {
        let mut pages = pages!(call! as_completed);
        while pages.next().await.is_some() {}
    });
}

#[test]
fn a_loop_over_large_branches() {
    on_a_stack_of(448, || async {
        let mut count = 0;
        pages!(call! each count);
        assert_eq!(count, 32);
    });
}

#[test]
fn arms_of_large_branches() {
    on_a_stack_of(448, || async {
        let mut sum = 0;
        as_completed! {
            n = page(0) => sum += u32::from(n),
            n = page(1) => sum += u32::from(n),
            n = page(2) => sum += u32::from(n),
            n = page(3) => sum += u32::from(n),
            n = page(4) => sum += u32::from(n),
            n = page(5) => sum += u32::from(n),
            n = page(6) => sum += u32::from(n),
            n = page(7) => sum += u32::from(n),
            n = page(8) => sum += u32::from(n),
            n = page(9) => sum += u32::from(n),
            n = page(10) => sum += u32::from(n),
            n = page(11) => sum += u32::from(n),
            n = page(12) => sum += u32::from(n),
            n = page(13) => sum += u32::from(n),
            n = page(14) => sum += u32::from(n),
            n = page(15) => sum += u32::from(n),
            n = page(16) => sum += u32::from(n),
            n = page(17) => sum += u32::from(n),
            n = page(18) => sum += u32::from(n),
            n = page(19) => sum += u32::from(n),
            n = page(20) => sum += u32::from(n),
            n = page(21) => sum += u32::from(n),
            n = page(22) => sum += u32::from(n),
            n = page(23) => sum += u32::from(n),
            n = page(24) => sum += u32::from(n),
            n = page(25) => sum += u32::from(n),
            n = page(26) => sum += u32::from(n),
            n = page(27) => sum += u32::from(n),
            n = page(28) => sum += u32::from(n),
            n = page(29) => sum += u32::from(n),
            n = page(30) => sum += u32::from(n),
            n = page(31) => sum += u32::from(n),
        }
        assert_eq!(sum, 31 * 32 / 2);
    });
}

/// `FuturesUnordered` needs 663 KiB for it.
#[test]
fn a_push_of_a_large_future() {
    on_a_stack_of(832, || async {
        let mut pending = Pending::new();
        pending.push(large::<{ 128 << 10 }>(1));
        assert_eq!(pending.next().await, Some(1));
    });
}

#[test]
fn sixteen_branches_on_a_worker() {
    async fn all() -> u8 {
        let pages = gather!(
            page(0),
            page(1),
            page(2),
            page(3),
            page(4),
            page(5),
            page(6),
            page(7),
            page(8),
            page(9),
            page(10),
            page(11),
            page(12),
            page(13),
            page(14),
            page(15)
        );
        pages.await.15
    }

    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build();
    let runtime = runtime.expect("there is enough for one");
    let worker = async { tokio::spawn(all()).await };
    assert_eq!(runtime.block_on(worker).expect("it does not panic"), 15);
}
