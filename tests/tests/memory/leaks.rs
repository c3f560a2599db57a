//! The memory of calls: nothing stays in use, however they end and however long their wakers live.

use std::{
    cell::RefCell,
    future::Future,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use rejoin::{Pending, gather, wait};
use rejoin_tests::{Driver, memory::counted};

type Wakers = Rc<RefCell<Vec<Waker>>>;

/// A future that hands out its waker in its first poll and is ready in the second one.
struct Second {
    wakers: Wakers,
    polled: bool,
}

impl Second {
    fn new(wakers: &Wakers) -> Self {
        Self {
            wakers: Rc::clone(wakers),
            polled: false,
        }
    }
}

impl Future for Second {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if mem::replace(&mut self.polled, true) {
            return Poll::Ready(());
        }
        self.wakers.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    }
}

/// Ends a call in each way, and checks after each that no memory is left in use.
fn leaves_nothing<F: Future>(call: impl Fn(&Wakers) -> F) {
    let ends: [fn(Driver<F>, Vec<Waker>); 5] = [
        // It ends regularly, and wakers are used up.
        |mut call, wakers| {
            wakers.into_iter().for_each(Waker::wake);
            assert!(call.run().is_ready());
        },
        // It ends regularly, and wakers outlive it.
        |mut call, wakers| {
            wakers.iter().for_each(Waker::wake_by_ref);
            assert!(call.run().is_ready());
            drop(call);
            wakers.into_iter().for_each(Waker::wake);
        },
        // It is dropped, and nothing was woken.
        |call, wakers| {
            drop(call);
            drop(wakers);
        },
        // It is dropped before it is told that all of its futures were woken.
        |call, wakers| {
            wakers.into_iter().for_each(Waker::wake);
            drop(call);
        },
        // It is dropped, and then its futures are woken twice.
        |call, wakers| {
            drop(call);
            wakers.iter().for_each(Waker::wake_by_ref);
            wakers.into_iter().for_each(Waker::wake);
        },
    ];
    for (n, end) in ends.into_iter().enumerate() {
        let (count, ()) = counted(|| {
            let wakers = Wakers::default();
            let mut call = Driver::new(call(&wakers));
            // A large set has its first polls in several turns.
            assert!(call.run().is_pending());
            let wakers = wakers.take();
            end(call, wakers);
        });
        let left = (count.in_use.blocks, count.in_use.bytes);
        assert_eq!(left, (0, 0), "blocks and bytes after end {n}");
    }
}

#[test]
fn a_gather_of_single_branches_leaves_nothing() {
    leaves_nothing(|wakers| {
        let [a, b, c, d] = [(); 4].map(|()| Second::new(wakers));
        gather!(a, b, c, d)
    });
}

#[test]
fn a_gather_of_a_spread_leaves_nothing() {
    for len in [1, 2, 64, 65, 5000] {
        leaves_nothing(|wakers| {
            let many: Vec<_> = (0..len).map(|_| Second::new(wakers)).collect();
            gather!(..many)
        });
    }
}

#[test]
fn a_set_of_several_segments_leaves_nothing() {
    leaves_nothing(|wakers| {
        let mut pending = Pending::new();
        for _ in 0..1000 {
            pending.push(Second::new(wakers));
        }
        async move { while pending.next().await.is_some() {} }
    });
}

#[test]
fn a_wait_for_single_futures_leaves_nothing() {
    leaves_nothing(|wakers| {
        let [a, b] = [(); 2].map(|()| Second::new(wakers));
        wait!(a, b)
    });
}

/// A result that panics when it is dropped.
struct Stubborn {
    _shared: Rc<()>,
}

impl Drop for Stubborn {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn results_whose_drops_panic_are_all_dropped_with_their_set() {
    let shared = Rc::new(());
    let mut pending = Pending::new();
    for _ in 0..3 {
        let own = Rc::clone(&shared);
        pending.push(std::future::ready(Stubborn { _shared: own }));
    }
    let mut polled = false;
    let once = std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        if mem::replace(&mut polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    });
    assert!(Driver::new(pending.drive(once)).run().is_ready());
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(pending)));
    assert_eq!(dropped.unwrap_err().downcast_ref(), Some(&"dropped"));
    assert_eq!(Rc::strong_count(&shared), 1);
}
