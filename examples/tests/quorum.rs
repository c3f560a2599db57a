//! Runs the `quorum` program and compares its output.

use std::process::{Command, Output};

fn quorum(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quorum"))
        .args(args)
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Asserts that the run of `args` succeeds and prints `expected`.
fn assert_prints(args: &[&str], expected: &str) {
    let output = quorum(args);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(stdout(&output), expected);
}

/// Asserts that the run of `args` fails with the single line `said`, having printed `first`.
fn assert_fails(args: &[&str], first: &str, said: &str) {
    let output = quorum(args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
    assert!(stdout(&output).starts_with(first), "{output:?}");
}

#[test]
fn three_of_five_and_the_slow_one_is_cancelled() {
    assert_prints(
        &[],
        "\
replica 1 acknowledged
replica 2 failed: the disk is full
replica 3 acknowledged
replica 4 acknowledged
quorum reached
cancelling: 1
replica 1 has x = 42
replica 2 has nothing
replica 3 has x = 42
replica 4 has x = 42
replica 5 has nothing
",
    );
}

#[test]
fn the_slow_one_is_drained() {
    assert_prints(
        &["--drain"],
        "\
replica 1 acknowledged
replica 2 failed: the disk is full
replica 3 acknowledged
replica 4 acknowledged
quorum reached
draining: 1
replica 5 acknowledged
replica 1 has x = 42
replica 2 has nothing
replica 3 has x = 42
replica 4 has x = 42
replica 5 has x = 42
",
    );
}

#[test]
fn it_ends_as_soon_as_too_many_have_failed() {
    for args in [&["--quorum", "5"][..], &["--quorum", "5", "--drain"]] {
        assert_fails(
            args,
            "replica 1 acknowledged\nreplica 2 failed: the disk is full\ncancelling: 3\n",
            "quorum: too many replicas have failed\n",
        );
    }
}

#[test]
fn a_deadline_cancels_what_is_under_way() {
    assert_fails(
        &["--timeout", "0s"],
        "\
cancelling: 5
replica 1 has nothing
replica 2 has nothing
replica 3 has nothing
replica 4 has nothing
replica 5 has nothing
",
        "quorum: timed out after 0ns\n",
    );
}

#[test]
fn bad_arguments_are_refused() {
    for args in [["--quorum", "0"], ["--quorum", "6"], ["--timeout", "soon"]] {
        let output = quorum(&args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
    }
}
