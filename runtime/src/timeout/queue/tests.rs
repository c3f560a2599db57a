//! The queue, compared with a plain list.

use std::{task::Waker, time::Duration};

use tokio::time::Instant;

use super::Queue;
use crate::timeout::named::{Named, Woken, take};

#[test]
fn a_queue_is_what_a_sorted_list_is() {
    let mut random = 1_u64;
    let mut below = |most: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % most
    };
    let (woken, start) = (Woken::default(), Instant::now());
    let (mut queue, mut list, mut passed) = (Queue::new(), Vec::new(), Vec::new());
    for number in 0..20_000 {
        match below(8) {
            0..=3 => {
                // Most come in order.
                let at = start + Duration::from_secs(number as u64 + 20 - below(2) as u64 * 10);
                let place = queue.push(at, Named::plain(number, &woken));
                let after = list.partition_point(|&(other, _, _)| other <= at);
                list.insert(after, (at, number, place));
            }
            4 | 5 if !list.is_empty() => {
                let (_, number, place) = list.remove(below(list.len()));
                assert!(!queue.is_late(place));
                queue.remove(place).unwrap().wake();
                assert_eq!(take(&woken), [number]);
            }
            6 if !passed.is_empty() => {
                let place = passed.swap_remove(below(passed.len()));
                assert!(queue.is_late(place));
                assert!(queue.remove(place).is_none());
            }
            _ if !list.is_empty() => {
                let now = list[below(list.len().min(3))].0;
                queue.pass(now).into_iter().for_each(Waker::wake);
                let late = list.partition_point(|&(at, _, _)| at <= now);
                let late: Vec<_> = list.drain(..late).collect();
                let numbers: Vec<_> = late.iter().map(|late| late.1).collect();
                assert_eq!(take(&woken), numbers);
                passed.extend(late.into_iter().map(|late| late.2));
            }
            _ => {}
        }
        assert_eq!(queue.next(), list.first().map(|first| first.0));
    }
    queue.call().into_iter().for_each(Waker::wake);
    let numbers: Vec<_> = list.iter().map(|waiting| waiting.1).collect();
    assert!(!numbers.is_empty());
    assert_eq!(take(&woken), numbers);
}
