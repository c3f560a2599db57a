//! Runs the `cluster` program on two nodes, which are network namespaces of this machine, and cuts the link between them.

use std::process::Command;
use std::{env, fs, process};

#[test]
fn a_link_that_is_cut() {
    let allowed = Command::new("unshare").args(["-rn", "ip", "link"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!(
            "skipped: this machine does not allow network namespaces, or has no `unshare` and `ip`"
        );
        return;
    }
    let store = env::temp_dir().join(format!("rejoin-link-{}", process::id()));
    fs::create_dir(&store).expect("a new directory");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/link/link.sh");
    let mut command = Command::new("unshare");
    command.args(["-rn", script, env!("CARGO_BIN_EXE_cluster")]);
    let output = command.arg(&store).output().expect("the script starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    // The number of primes below 400,000.
    for line in [
        "the link was cut",
        "2000 jobs are counted",
        "33860 primes",
        "worker 2 did",
    ] {
        assert!(stdout.contains(line), "{line} in {output:?}");
    }
    fs::remove_dir_all(store).expect("the server has ended");
}
