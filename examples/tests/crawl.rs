//! Runs the `crawl` program and compares its output.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output, Stdio};
use std::thread;

fn crawl(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_crawl"))
        .args(args)
        .output()
        .expect("the program starts")
}

/// Returns the lines of a successful run that are the same in every run.
fn counts(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(stderr(output), "");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .skip(1)
        .take_while(|line| !line.contains("wall time"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts that `args` are refused, naming all of `said`.
fn assert_refused(args: &[&str], said: &[&str]) {
    let output = crawl(args);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    for part in said {
        assert!(stderr(&output).contains(part), "{part:?} in {output:?}");
    }
}

/// Asserts that the crawl of `args` fails with the single line `said`.
fn assert_fails(args: &[&str], said: &str) {
    let output = crawl(args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(stderr(&output).lines().count(), 1, "{output:?}");
    assert!(stderr(&output).contains(said), "{said:?} in {output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
}

/// Starts a server that passes the path of each request to `answer`, and returns its address.
fn serve(answer: fn(&str) -> &'static str) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || -> io::Result<()> {
        for stream in listener.incoming() {
            respond(stream?, answer)?;
        }
        Ok(())
    });
    Ok(format!("http://{address}/"))
}

fn respond(mut stream: TcpStream, answer: fn(&str) -> &'static str) -> io::Result<()> {
    let mut head = BufReader::new(&stream).lines();
    let request = head.next().expect("a request line")?;
    while head
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let path = request.split(' ').nth(1).expect("a path");
    stream.write_all(answer(path).as_bytes())
}

#[test]
fn the_whole_embedded_site() {
    let output = crawl(&[]);
    let expected = [
        "pages fetched 150",
        "failures 25",
        "connection 5",
        "redirect loop 5",
        "status 404 5",
        "status 500 5",
        "timed out 5",
        "deepest level 4",
    ];
    assert_eq!(counts(&output), expected);
}

#[test]
fn the_summary_has_the_times() {
    let output = crawl(&["--depth", "1"]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("crawled http://127.0.0.1:"), "{stdout}");
    for part in ["wall time", "sum of page times", "speed-up"] {
        assert!(stdout.contains(part), "{part:?} in {stdout}");
    }
}

#[test]
fn depth_bounds_the_crawl() {
    let start_only = ["pages fetched 1", "failures 0", "deepest level 0"];
    assert_eq!(counts(&crawl(&["--depth", "0"])), start_only);

    let and_its_children = ["pages fetched 5", "failures 0", "deepest level 1"];
    assert_eq!(counts(&crawl(&["--depth", "1"])), and_its_children);
}

#[test]
fn one_at_a_time_finds_the_same() {
    let few = crawl(&["--depth", "2", "--limit", "1"]);
    assert_eq!(counts(&few), counts(&crawl(&["--depth", "2"])));
}

#[test]
fn only_the_same_host_is_followed_and_each_page_once() -> io::Result<()> {
    let url = serve(|path| match path {
        "/" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n\
             <a href=\"/\"> <a href=\"#top\"> <a href=\"data\"> <a href=\"/data#1\">\
             <a href=\"http://127.0.0.1:1/\"> <a href=\"https://127.0.0.1/\">\
             <a href=\"mailto:someone@localhost\"> <a href=\"http://[\">"
        }
        "/data" => {
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
             <a href=\"/not-a-link\">"
        }
        _ => "HTTP/1.1 410 Gone\r\nConnection: close\r\n\r\n",
    })?;
    let expected = ["pages fetched 2", "failures 0", "deepest level 1"];
    assert_eq!(counts(&crawl(&["--url", &url])), expected);
    Ok(())
}

#[test]
fn a_start_page_that_cannot_be_fetched() -> io::Result<()> {
    assert_fails(
        &["--url", "http://127.0.0.1:1/"],
        "cannot fetch the start page http://127.0.0.1:1/: ",
    );
    let url = serve(|_| "HTTP/1.1 410 Gone\r\nConnection: close\r\n\r\n")?;
    assert_fails(
        &["--url", &url],
        &format!("{url}: the server answered 410 Gone"),
    );
    assert_fails(&["--timeout", "1ms"], "1ms");
    Ok(())
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_it_and_keeps_the_summary() -> io::Result<()> {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n\
                  <a href=\"/one\"> <a href=\"/two\">";
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    let child = Command::new(env!("CARGO_BIN_EXE_crawl"))
        .args(["--url", &url, "--timeout", "1h"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    respond(listener.accept()?.0, |_| ANSWER)?;
    // These two requests get no answer.
    let _stuck = [listener.accept()?, listener.accept()?];
    let child_id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &child_id]).status()?;
    assert!(killed.success());
    let expected = [
        "pages fetched 1",
        "failures 0",
        "deepest level 0",
        "stopped, left 2",
    ];
    assert_eq!(counts(&child.wait_with_output()?), expected);
    Ok(())
}

#[test]
fn bad_arguments_are_refused() {
    assert_refused(&["--limit", "0"], &["'--limit <LIMIT>'", "at least one"]);
    assert_refused(&["--limit", "many"], &["'--limit <LIMIT>'"]);
    assert_refused(&["--depth=-1"], &["'--depth <DEPTH>'"]);

    for timeout in ["soon", "5", "", "-1s", "0s", "0.1ns"] {
        let timeout = format!("--timeout={timeout}");
        assert_refused(&[&timeout], &["'--timeout <TIMEOUT>'"]);
    }
    for url in [
        "https://localhost/",
        "localhost:8080",
        "somewhere",
        "http://",
    ] {
        assert_refused(&["--url", url], &["'--url <URL>'", "http://"]);
    }
}
