//! Results that are filed in any order.

use std::rc::Rc;

use crate::set::Outputs;

/// Results of as many permits, filled in this order.
fn filled(permits: usize, order: &[usize]) -> (Rc<()>, Outputs<(usize, Rc<()>)>) {
    let token = Rc::new(());
    let mut outputs = Outputs::new();
    outputs.reserve(permits);
    outputs.grow(permits);
    for &place in order {
        outputs.fill(place, (place, Rc::clone(&token)));
    }
    (token, outputs)
}

#[test]
fn results_come_out_in_the_order_of_places() {
    for permits in [0, 1, 64, 65, 1_000] {
        let orders: [Vec<_>; 3] = [
            (0..permits).collect(),
            (0..permits).rev().collect(),
            (0..permits).map(|n| (n * 7 + 3) % permits).collect(),
        ];
        for order in orders {
            let (token, mut outputs) = filled(permits, &order);
            let all = outputs.take_all().expect("all are there");
            assert!(all.iter().map(|result| result.0).eq(0..permits));
            assert_eq!(Rc::strong_count(&token), 1 + permits);
            drop((all, outputs));
            assert_eq!(Rc::strong_count(&token), 1);
        }
    }
}

#[test]
fn places_may_stay_empty() {
    for order in [&[][..], &[0, 1, 2], &[99, 0, 64], &[1, 0, 3, 2, 63]] {
        let (token, mut outputs) = filled(100, order);
        assert!(outputs.take_all().is_none());
        let some = outputs.take_some();
        for (place, result) in some.iter().enumerate() {
            let found = result.as_ref().map(|result| result.0);
            assert_eq!(found, order.contains(&place).then_some(place));
        }
        drop((some, outputs));
        assert_eq!(Rc::strong_count(&token), 1);
    }
}

#[test]
fn what_was_not_taken_is_dropped_once() {
    for order in [&[][..], &[0, 1, 2], &[99, 0, 64], &[1, 0, 3, 2, 63]] {
        let (token, outputs) = filled(100, order);
        assert_eq!(Rc::strong_count(&token), 1 + order.len());
        drop(outputs);
        assert_eq!(Rc::strong_count(&token), 1);
    }
}

#[test]
fn places_may_be_added_later() {
    let mut outputs = Outputs::new();
    for place in 0..300 {
        outputs.grow(place + 1);
        if place % 3 != 0 {
            outputs.fill(place, place);
        }
    }
    for place in (0..300).step_by(3) {
        assert!(outputs.take_all().is_none());
        outputs.fill(place, place);
    }
    assert!(
        outputs
            .take_all()
            .expect("all are there")
            .into_iter()
            .eq(0..300)
    );
}

#[test]
fn results_may_be_nothing() {
    let mut outputs = Outputs::new();
    outputs.grow(70);
    (0..70).rev().for_each(|place| outputs.fill(place, ()));
    assert_eq!(outputs.take_all().map(|all| all.len()), Some(70));
}
