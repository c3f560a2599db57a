//! Runs the program that assembles a page.

use std::process::Command;

#[test]
fn parts_are_fetched_after_those_that_they_need() {
    let output = Command::new(env!("CARGO_BIN_EXE_page")).output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> = text.lines().collect();
    let [first, calls @ .., whole, path] = &*lines else {
        panic!("{text}")
    };
    assert!(first.starts_with("One after another:"), "{text}");
    assert!(whole.starts_with("As a struct:"), "{text}");
    assert_eq!(*path, "Critical path: 250 ms (user, friends, feed)");
    assert_eq!(calls.len(), 8, "{text}");
    // The start and the end of a part.
    let times = |part: &str| {
        let line = calls
            .iter()
            .find(|line| line.trim_start().starts_with(part));
        let numbers = line.expect("a line for the part").split_whitespace();
        let numbers: Vec<u64> = numbers.filter_map(|word| word.parse().ok()).collect();
        (numbers[0], numbers[1])
    };
    for (part, need) in [
        ("posts", "user"),
        ("friends", "user"),
        ("photo", "user"),
        ("comments", "posts"),
        ("feed", "friends"),
    ] {
        assert!(times(part).0 >= times(need).1, "{part} and {need}:\n{text}");
    }
    // The others start with the call, so before any is done.
    for part in ["ads", "trends"] {
        assert!(times(part).0 < times("user").1, "{part}:\n{text}");
    }
}
