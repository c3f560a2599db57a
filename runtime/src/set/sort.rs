//! Brings futures into the order of their indices.

/// At most this many pairs are sorted by insertion.
const FEW: usize = 48;
/// Bits of an index that one pass sorts by.
const DIGIT: u32 = 8;

/// Sorts pairs of an index and a slot by the index, the largest first.
///
/// Indices are close together and distinct, so a large number of pairs is sorted digit by digit (least significant
/// digit first), with `other` as scratch memory. A sort by comparisons takes up to three times as long for them, and is
/// twice as much code.
pub(super) fn sort_down(pairs: &mut Vec<(usize, usize)>, other: &mut Vec<(usize, usize)>) {
    // Futures that were pushed in a row are often in order, upwards or downwards.
    if is_ascending(pairs) {
        pairs.reverse();
    } else if pairs.len() <= FEW {
        insert_each(pairs);
    } else {
        sort_by_digits(pairs, other);
    }
}

/// Checks whether each index is higher than the one before it. `is_sorted` is unrolled to forty times as much code.
fn is_ascending(pairs: &[(usize, usize)]) -> bool {
    pairs.windows(2).all(|pair| pair[0].0 < pair[1].0)
}

fn insert_each(pairs: &mut [(usize, usize)]) {
    for n in 1..pairs.len() {
        let pair = pairs[n];
        let mut at = n;
        while at > 0 && pairs[at - 1].0 < pair.0 {
            pairs[at] = pairs[at - 1];
            at -= 1;
        }
        pairs[at] = pair;
    }
}

/// Sorts by the lowest digits first; a pass keeps the order of pairs that have the same digit.
fn sort_by_digits(pairs: &mut Vec<(usize, usize)>, other: &mut Vec<(usize, usize)>) {
    let (mut least, mut most) = (usize::MAX, 0);
    for &(index, _) in &*pairs {
        least = least.min(index);
        most = most.max(index);
    }
    other.clear();
    other.resize(pairs.len(), (0, 0));
    let mut shift = 0;
    while (most - least)
        .checked_shr(shift)
        .is_some_and(|rest| rest > 0)
    {
        let digit = |index| ((most - index) >> shift) & ((1 << DIGIT) - 1);
        let mut starts = [0_usize; 1 << DIGIT];
        for &(index, _) in &*pairs {
            starts[digit(index)] += 1;
        }
        let mut next = 0;
        for start in &mut starts {
            next += std::mem::replace(start, next);
        }
        for &pair in &*pairs {
            let start = &mut starts[digit(pair.0)];
            other[*start] = pair;
            *start += 1;
        }
        std::mem::swap(pairs, other);
        shift += DIGIT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_sorts_as_a_sort_by_comparisons_does() {
        let counts = [
            0,
            1,
            2,
            3,
            FEW,
            FEW + 1,
            300,
            if cfg!(miri) { 400 } else { 70_000 },
        ];
        for count in counts {
            // Next to each other, with gaps, and as far apart as can be.
            for (least, step) in [(0, 1), (5, 3), (1 << 40, 1 << 20), (0, usize::MAX / 70_000)] {
                // 7,919 is a prime, so that all are there, in disorder.
                let pairs = (0..count).map(|n| (least + n * 7_919 % count * step, n));
                let pairs: Vec<_> = pairs.collect();
                let mut upwards = pairs.clone();
                upwards.sort_unstable();
                let downwards: Vec<_> = upwards.iter().rev().copied().collect();
                for mut sorted in [pairs, upwards, downwards.clone()] {
                    sort_down(&mut sorted, &mut vec![]);
                    assert_eq!(sorted, downwards, "{count} pairs from {least} by {step}");
                }
            }
        }
    }
}
