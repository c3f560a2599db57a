//! Runs the `racer` program: the client against the judge and against other servers.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;

const RACER: &str = env!("CARGO_BIN_EXE_racer");

/// Tests that measure time run one after another.
static ALONE: Mutex<()> = Mutex::new(());

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(RACER);
    command
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("the program starts")
}

fn racer(args: &[&str]) -> Output {
    start(args).wait_with_output().expect("the program ends")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Returns the number of lines of code: those that are neither empty nor a comment nor an attribute.
fn lines_of_code(source: &str) -> usize {
    let lines = source.lines().map(str::trim_start);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with('#'))
        .count()
}

#[test]
fn the_client_is_short() {
    let lines = lines_of_code(include_str!("../racer/client.rs"));
    assert!(lines <= 95, "{lines}");
    let recipes = include_str!("../../runtime/src/guide/recipes.md");
    assert!(recipes.contains(&format!("{lines} lines")), "{lines}");
}

/// Five exams at the same time, of four rounds each, in fast motion. A loaded machine reports any load in scenario 10.
#[test]
fn twenty_rounds() {
    let _alone = ALONE.lock();
    let args = [
        "--rounds", "4", "--second", "90ms", "--crowd", "30", "--load", "0",
    ];
    let exams = [(); 5].map(|()| start(&args));
    let round: Vec<_> = (1..=11)
        .map(|number| format!("{number:>2} right"))
        .collect();
    let verdicts = round.join("\n");
    let rounds: Vec<_> = (1..=4)
        .map(|number| format!("{verdicts}\nround {number}: 11 of 11\n"))
        .collect();
    for exam in exams {
        let output = exam.wait_with_output().expect("the program ends");
        assert_eq!(stdout(&output), rounds.concat(), "{}", stderr(&output));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn ten_thousand_requests() {
    let _alone = ALONE.lock();
    let output = racer(&["--scenarios", "3", "--grace", "30s"]);
    if stderr(&output).contains("needs 10100 open files") {
        println!("skipped: {}", stderr(&output));
        return;
    }
    assert_eq!(
        stdout(&output),
        " 3 right\nround 1: 1 of 1\n",
        "{}",
        stderr(&output)
    );
}

#[cfg(unix)]
#[test]
fn too_few_files() {
    let script = format!("ulimit -n 300 && exec {RACER} --scenarios 3");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(
        stderr(&output),
        "racer: scenario 3 needs 10100 open files, but the limit is 300: raise it, for example with \
         `ulimit -n 10100`, or pass `--crowd 200`\n"
    );
}

#[test]
fn another_server() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Always right, which is too much in scenario 9.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = BufReader::new(&stream).lines();
            while head
                .next()
                .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
            {}
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nright";
            // The losers of a race have hung up.
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let output = racer(&["--url", &url, "--scenarios", "1,9,2"]);
    let nine = format!(" 9 wrong: the client says {}\n", "right".repeat(10));
    let expected = format!(" 1 right\n{nine} 2 right\nround 1: 2 of 3\n");
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    assert_eq!(stderr(&output), "racer: 0 of 1 rounds are right\n");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn no_server() {
    let output = racer(&["--url", "http://127.0.0.1:1", "--scenarios", "2"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        stdout(&output).starts_with(" 2 wrong: the client says "),
        "{output:?}"
    );
}

#[test]
fn a_round_with_a_time_limit() {
    let output = racer(&["--scenarios", "2", "--timeout", "100ms"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(stderr(&output), "racer: timed out after 100ms\n");
}

#[test]
fn bad_arguments_are_refused() {
    for args in [
        ["--scenarios", "12"],
        ["--scenarios", "1,"],
        ["--second", "long"],
        ["--rounds", "x"],
    ] {
        assert_eq!(racer(&args).status.code(), Some(2), "{args:?}");
    }
}
