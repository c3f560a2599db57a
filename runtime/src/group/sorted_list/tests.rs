//! The list, compared with a sorted `Vec`.

use super::SortedList;

/// A random number generator with a fixed seed.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

#[test]
fn it_behaves_like_a_sorted_vec() {
    let mut random = Random(1);
    let (mut sorted, mut expected, mut removed) = (SortedList::new(), Vec::new(), Vec::new());
    let mut most = 0;
    for number in 0..20_000_usize {
        match random.below(8) {
            0..=3 => {
                // Most keys are inserted in ascending order.
                let key = (number + 20 - random.below(2) * 10, number);
                let id = sorted.insert(key, number);
                let after = expected.partition_point(|&(other, _, _)| other < key);
                expected.insert(after, (key, number, id));
                most = most.max(expected.len());
            }
            4 | 5 if !expected.is_empty() => {
                let (_, number, id) = expected.remove(random.below(expected.len()));
                assert_eq!(sorted.remove(id), Some(number));
                removed.push(id);
            }
            6 if !removed.is_empty() => {
                let id = removed[random.below(removed.len())];
                assert_eq!(sorted.get(id), None);
                assert_eq!(sorted.get_mut(id), None);
                assert_eq!(sorted.remove(id), None);
            }
            7 if !expected.is_empty() => {
                let (key, number, id) = expected.remove(0);
                assert_eq!(sorted.pop(), Some((key, number)));
                removed.push(id);
                if let Some((_, number, id)) = expected.last_mut() {
                    assert_eq!(sorted.get(*id), Some(&*number));
                    *sorted.get_mut(*id).unwrap() += 1;
                    *number += 1;
                }
            }
            _ => {}
        }
        assert_eq!(sorted.first(), expected.first().map(|&(key, _, _)| key));
        assert_eq!(sorted.is_empty(), expected.is_empty());
        if number % 100 == 0 {
            let values: Vec<_> = expected.iter().map(|&(_, value, _)| value).collect();
            assert_eq!(sorted.values().copied().collect::<Vec<_>>(), values);
        }
    }
    assert!(!expected.is_empty());
    assert!(sorted.nodes.capacity() <= (2 * most).next_power_of_two());
}
