//! The list, compared with a plain one.

use super::Sorted;

/// Numbers from a fixed seed.
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
fn a_list_is_as_a_plain_one_is() {
    let mut random = Random(1);
    let (mut sorted, mut list, mut gone) = (Sorted::new(), Vec::new(), Vec::new());
    let mut most = 0;
    for number in 0..20_000_usize {
        match random.below(8) {
            0..=3 => {
                // Most come in order.
                let key = (number + 20 - random.below(2) * 10, number);
                let slot = sorted.insert(key, number);
                let after = list.partition_point(|&(other, _, _)| other < key);
                list.insert(after, (key, number, slot));
                most = most.max(list.len());
            }
            4 | 5 if !list.is_empty() => {
                let (_, number, slot) = list.remove(random.below(list.len()));
                assert_eq!(sorted.remove(slot), Some(number));
                gone.push(slot);
            }
            6 if !gone.is_empty() => {
                let slot = gone[random.below(gone.len())];
                assert_eq!(sorted.get(slot), None);
                assert_eq!(sorted.get_mut(slot), None);
                assert_eq!(sorted.remove(slot), None);
            }
            7 if !list.is_empty() => {
                let (key, number, slot) = list.remove(0);
                assert_eq!(sorted.pop(), Some((key, number)));
                gone.push(slot);
                if let Some((_, number, slot)) = list.last_mut() {
                    assert_eq!(sorted.get(*slot), Some(&*number));
                    *sorted.get_mut(*slot).unwrap() += 1;
                    *number += 1;
                }
            }
            _ => {}
        }
        assert_eq!(sorted.first(), list.first().map(|&(key, _, _)| key));
        assert_eq!(sorted.is_empty(), list.is_empty());
        if number % 100 == 0 {
            let values: Vec<_> = list.iter().map(|&(_, value, _)| value).collect();
            assert_eq!(sorted.values().copied().collect::<Vec<_>>(), values);
        }
    }
    assert!(!list.is_empty());
    assert!(sorted.nodes.capacity() <= (2 * most).next_power_of_two());
}
