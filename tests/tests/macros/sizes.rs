//! How large the futures are. That calls can be watched is decided by a feature, and without it nothing is larger.

#![cfg(all(not(feature = "tracing"), target_pointer_width = "64"))]

use std::future::{Future, Ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use rejoin::{Pending, Task, as_completed, gather, task_group, wait};

/// A branch of 64 bytes.
struct Large([u64; 8]);

impl Future for Large {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(self.0[0])
    }
}

fn large() -> Large {
    Large([0; 8])
}

fn none() -> Vec<Ready<u8>> {
    Vec::new()
}

#[test]
fn a_gather_has_its_branches_and_one_word() {
    let eight = gather!(
        large(),
        large(),
        large(),
        large(),
        large(),
        large(),
        large(),
        large()
    );
    // A branch has a word more than its future, to know whether that is done.
    assert_eq!(size_of_val(&eight), 8 * (64 + 8) + 8);
}

#[test]
fn a_set_is_where_its_futures_are() {
    assert_eq!(size_of::<Pending<Large>>(), 8);
    assert_eq!(size_of_val(&wait!(..none())), 24);
    assert_eq!(size_of_val(&wait!(..none(), timeout = 1s)), 56);
    assert_eq!(size_of_val(&as_completed!(..none())), 24);
    assert_eq!(
        size_of_val(&as_completed!(..none(), limit = 3, timeout = 1s)),
        88
    );
}

#[test]
fn tasks_and_groups() {
    assert_eq!(size_of::<Task<u8>>(), 16);
    assert_eq!(size_of_val(&task_group!(|_tg| ())), 464);
}
