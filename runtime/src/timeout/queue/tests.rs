//! Compares the queue with a sorted vector.

use std::{task::Waker, time::Duration};

use tokio::time::Instant;

use super::DeadlineQueue;
use crate::timeout::test_waker::{TestWaker, Woken, take};

#[test]
fn the_queue_behaves_as_a_sorted_vector() {
    let mut random = 1_u64;
    let mut below = |most: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % most
    };
    let (woken, start) = (Woken::default(), Instant::now());
    let (mut queue, mut list, mut expired) = (DeadlineQueue::new(), Vec::new(), Vec::new());
    for number in 0..20_000 {
        match below(8) {
            0..=3 => {
                // Most come in order.
                let at = start + Duration::from_secs(number as u64 + 20 - below(2) as u64 * 10);
                let key = queue.push(at, TestWaker::plain(number, &woken));
                let after = list.partition_point(|&(other, _, _)| other <= at);
                list.insert(after, (at, number, key));
            }
            4 | 5 if !list.is_empty() => {
                let (_, number, key) = list.remove(below(list.len()));
                assert!(!queue.has_expired(key));
                queue.remove(key).unwrap().wake();
                assert_eq!(take(&woken), [number]);
            }
            6 if !expired.is_empty() => {
                let key = expired.swap_remove(below(expired.len()));
                assert!(queue.has_expired(key));
                assert!(queue.remove(key).is_none());
            }
            _ if !list.is_empty() => {
                let now = list[below(list.len().min(3))].0;
                queue.expire(now).into_iter().for_each(Waker::wake);
                let late = list.partition_point(|&(at, _, _)| at <= now);
                let late: Vec<_> = list.drain(..late).collect();
                let numbers: Vec<_> = late.iter().map(|late| late.1).collect();
                assert_eq!(take(&woken), numbers);
                expired.extend(late.into_iter().map(|late| late.2));
            }
            _ => {}
        }
        assert_eq!(queue.next(), list.first().map(|first| first.0));
    }
    queue.take_wakers().into_iter().for_each(Waker::wake);
    let numbers: Vec<_> = list.iter().map(|waiter| waiter.1).collect();
    assert!(!numbers.is_empty());
    assert_eq!(take(&woken), numbers);
}
