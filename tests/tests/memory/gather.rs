//! What `gather!` allocates: counted, not timed.

use std::{
    future::{Future, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use rejoin::gather;
use rejoin_tests::{leaves, memory::counted};

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn ready_branches_cost_nothing() {
    let (count, result) = counted(|| {
        let two = pin!(gather!(ready(1), ready(2)));
        let eight = pin!(gather!(
            ready(1),
            ready(2),
            ready(3),
            ready(4),
            ready(5),
            ready(6),
            ready(7),
            ready(8)
        ));
        let mixed = pin!(gather!(
            ready(1),
            gather!(ready("a"), async { "b" }),
            ready('c'),
            ready(())
        ));
        let limited = pin!(gather!(ready(1), ready(2), ready(3), ready(4), limit = 2));
        let timed = pin!(gather!(
            ready(1),
            ready(2),
            ready(3),
            ready(4),
            timeout = 1s
        ));
        (
            poll(two),
            poll(eight),
            poll(mixed),
            poll(limited),
            poll(timed),
        )
    });
    assert_eq!(count.allocations, 0);
    assert_eq!(result.0, Poll::Ready((1, 2)));
    assert_eq!(result.1, Poll::Ready((1, 2, 3, 4, 5, 6, 7, 8)));
    assert_eq!(result.2, Poll::Ready((1, ("a", "b"), 'c', ())));
    assert_eq!(result.3, Poll::Ready((1, 2, 3, 4)));
    assert_eq!(result.4, Poll::Ready(Ok((1, 2, 3, 4))));
}

struct Chain<A, B, C, D> {
    a: A,
    b: B,
    c: C,
    d: D,
}

/// Of four fields two have a value that others need.
#[test]
fn a_struct_allocates_once_for_each_value_that_others_need() {
    let (count, result) = counted(|| {
        let chain = pin!(gather!(Chain {
            a: ready(1),
            b: |a| ready(a + 1),
            c: |a, b| ready(a + b),
            d: ready(4),
        }));
        poll(chain)
    });
    let Poll::Ready(Chain { a, b, c, d }) = result else {
        panic!("all are ready")
    };
    assert_eq!((a, b, c, d), (1, 2, 3, 4));
    assert_eq!(count.allocations, 2);

    let (count, _) = counted(|| {
        let independent = pin!(gather!(Chain {
            a: ready(1),
            b: ready(2),
            c: ready(3),
            d: ready(4),
        }));
        poll(independent)
    });
    assert_eq!(count.allocations, 0);
}

#[test]
fn a_static_gather_allocates_at_most_once() {
    macro_rules! case {
        ($($n:literal)*) => {{
            let (hands, branches) = leaves::<()>([$($n),*].len());
            let mut branches = branches.into_iter();
            let mut next = |_n: i32| branches.next().expect("there are as many");
            let (count, ()) = counted(|| {
                let mut gather = pin!(gather!($(next($n)),*));
                assert!(poll(gather.as_mut()).is_pending());
                for (n, hand) in hands.iter().enumerate() {
                    hand.give(());
                    assert_eq!(poll(gather.as_mut()).is_ready(), n + 1 == hands.len());
                }
            });
            assert!(count.allocations <= 1, "{} branches: {count:?}", hands.len());
        }};
    }
    case!(0);
    case!(0 1);
    case!(0 1 2);
    case!(0 1 2 3);
    case!(0 1 2 3 4 5 6 7);
    case!(0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9
        0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9);
}

const SIZES: [usize; 9] = [0, 1, 30, 31, 63, 64, 65, 1_000, 100_000];

#[test]
fn a_spread_allocates_as_little_as_promised() {
    for size in SIZES {
        for wakes in [false, true] {
            let (hands, branches) = leaves::<usize>(size);
            if !wakes {
                for hand in &hands {
                    hand.give(0);
                }
            }
            // An iterator, so that nothing is won by taking over a vector.
            let futures = branches.into_iter().filter(|_| true);
            let vector = futures.collect::<Vec<_>>();
            let mut vector = vector.into_iter();
            let exact = std::iter::from_fn(|| vector.next());
            let exact = WithLen(exact, size);
            let (count, result) = counted(|| {
                let mut gather = pin!(gather!(..exact));
                let mut result = poll(gather.as_mut());
                while result.is_pending() && !wakes {
                    result = poll(gather.as_mut());
                }
                for hand in hands.iter().filter(|_| wakes) {
                    while result.is_pending() && hand.waker().is_none() {
                        result = poll(gather.as_mut());
                    }
                    hand.give(0);
                }
                while result.is_pending() {
                    result = poll(gather.as_mut());
                }
                result
            });
            assert_eq!(result, Poll::Ready(vec![0; size]));
            let most = 3 + size.div_ceil(64);
            assert!(
                count.allocations <= most,
                "{size} {wakes}: {count:?}, at most {most}"
            );
            if size >= 64 {
                let own = size * (8 + 8);
                assert!(
                    count.bytes * 10 <= own * 13,
                    "{size} {wakes}: {count:?} for {own}"
                );
            }
        }
    }
}

/// An iterator that knows how long it is.
struct WithLen<I>(I, usize);

impl<I: Iterator> Iterator for WithLen<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        let item = self.0.next()?;
        self.1 -= 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.1, Some(self.1))
    }
}

#[test]
fn keys_cost_no_allocation() {
    for size in SIZES {
        let (hands, branches) = leaves::<usize>(size);
        for hand in &hands {
            hand.give(0);
        }
        let pairs: Vec<_> = branches.into_iter().enumerate().collect();
        let (count, result) = counted(|| {
            let mut gather = pin!(gather!(..pairs));
            loop {
                if let Poll::Ready(result) = poll(gather.as_mut()) {
                    break result;
                }
            }
        });
        assert_eq!(result.len(), size);
        let most = 3 + size.div_ceil(64);
        assert!(count.allocations <= most, "{size}: {count:?}");
    }
}

#[test]
fn a_vector_is_taken_over() {
    let futures: Vec<_> = (0..1_000).map(ready).collect();
    let (count, result) = counted(|| {
        let mut gather = pin!(gather!(..futures));
        loop {
            if let Poll::Ready(all) = poll(gather.as_mut()) {
                return all;
            }
        }
    });
    assert_eq!(result.len(), 1_000);
    // The results, of 4 bytes each, and 16 words of bits for which futures are there; but no room for those, of 8 bytes.
    assert_eq!((count.allocations, count.bytes), (2, 4_128));
}

#[test]
fn a_limit_keeps_memory_to_what_runs() {
    let (count, ()) = counted(|| {
        let mut gather = pin!(gather!(..(0..100_000).map(|_| ready(())), limit = 8));
        while poll(gather.as_mut()).is_pending() {}
    });
    // The results are nothing, so what is left is the slots and the bits for which results are there.
    assert!(count.bytes < 100_000, "{count:?}");
}
