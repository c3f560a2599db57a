//! Tests of other crates, with the calls of this one in place of theirs, that did not compile or gave something else.

use std::future::{Future, ready};

use rejoin::{Pending, as_completed};

fn text() -> impl Future<Output = String> {
    ready("a".to_owned())
}

#[tokio::test]
async fn a_pattern_of_an_arm_may_bind_by_mutable_reference() {
    let mut seen = vec![];
    as_completed! {
        ref mut text = text() => { text.push('1'); seen.push(text.clone()); }
        (ref mut text, _) = async { (text().await, 2) } => { text.push('2'); seen.push(text.clone()); }
        Some(ref mut text) = async { Some(text().await) } => { text.push('3'); seen.push(text.clone()); }
        Ok(ref mut text) in ..[async { "4".parse::<u8>() }] => seen.push(text.to_string()),
    }
    as_completed! {
        Some(ref mut text) = async { Some(text().await) } => { text.push('5'); seen.push(text.clone()); }
    }
    assert_eq!(seen, ["a1", "a2", "a3", "4", "a5"]);
}

#[tokio::test]
async fn a_pattern_of_a_loop_may_bind_by_mutable_reference() {
    let mut seen = vec![];
    as_completed!(for ref mut text in ..[text()] {
        text.push('1');
        seen.push(text.clone());
    });
    let mut pending = Pending::from_iter([text()]);
    as_completed!(for ref mut text in ..&mut pending {
        text.push('2');
        seen.push(text.clone());
    });
    assert_eq!(seen, ["a1", "a2"]);
}
