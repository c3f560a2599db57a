//! Runs the service in memory with a virtual clock, and as a program.

#[allow(dead_code, reason = "the port and the demo are for the program")]
#[path = "../service/args.rs"]
mod args;
#[path = "../service/connection.rs"]
mod connection;
#[path = "../service/serve.rs"]
mod serve;
#[path = "../service/store.rs"]
mod store;

use std::io;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use rejoin::{Failures, gather};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use args::Args;
use connection::LONGEST;
use serve::{Service, serve};

/// The number of connections that can wait to be accepted.
const BACKLOG: usize = 8;

/// The means by which a test controls the running service.
struct Outside {
    service: Arc<Service>,
    listener: mpsc::Sender<io::Result<DuplexStream>>,
    shutdown: mpsc::Sender<io::Result<()>>,
    start: Instant,
}

impl Outside {
    fn connect(&self) -> Client {
        self.connect_with(4096)
    }

    /// Connects with a buffer of `room` bytes.
    fn connect_with(&self, room: usize) -> Client {
        let (near, far) = duplex(room);
        self.accept(Ok(far));
        Client(near)
    }

    fn accept(&self, what: io::Result<DuplexStream>) {
        self.listener.try_send(what).expect("the service listens");
    }

    fn stop(&self) {
        self.stop_with(Ok(()));
    }

    fn stop_with(&self, result: io::Result<()>) {
        self.shutdown.try_send(result).expect("the service runs");
    }

    /// Returns the virtual time since the start, in milliseconds.
    fn now(&self) -> u128 {
        self.start.elapsed().as_millis()
    }
}

struct Client(DuplexStream);

impl Client {
    async fn say(&mut self, text: &str) {
        let write = self.0.write_all(text.as_bytes());
        write.await.expect("the connection is open");
    }

    /// Asserts the next bytes from the service.
    async fn hear(&mut self, expected: &str) {
        let mut heard = vec![0; expected.len()];
        let read = self.0.read_exact(&mut heard);
        read.await.expect("the connection is open");
        assert_eq!(String::from_utf8_lossy(&heard), expected);
    }

    /// Asserts all bytes until the connection is closed.
    async fn hear_last(&mut self, expected: &str) {
        let mut heard = String::new();
        let read = self.0.read_to_string(&mut heard);
        read.await.expect("it is text");
        assert_eq!(heard, expected);
    }
}

/// The end of a service.
struct End {
    result: Result<(), Failures<io::Error>>,
    /// The virtual time from the start, in milliseconds.
    at: u128,
    /// Connections in all; those that left, were closed with a goodbye, failed, or were aborted; requests.
    counts: [usize; 6],
}

/// Runs the service with some flags together with `outside`. Asserts that no task of it is left at the end.
async fn run(flags: &[&str], outside: impl AsyncFnOnce(&Outside)) -> End {
    let args = Args::parse_from([&["service"], flags].concat());
    let (listener, mut connections) = mpsc::channel(BACKLOG);
    let (shutdown, mut stopped) = mpsc::channel(1);
    let world = Outside {
        service: Service::new(&args),
        listener,
        shutdown,
        start: Instant::now(),
    };
    let accept = async move || connections.recv().await.expect("it is open");
    let stopped = async { stopped.recv().await.expect("it is open") };
    let served = async {
        let result = serve(&world.service, accept, stopped, &args).await;
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        assert_eq!(Arc::strong_count(&world.service), 1);
        (result, world.now())
    };
    let both = gather!(served, outside(&world), timeout = 2h).await;
    let ((result, at), ()) = both.expect("it ends");
    let summary = format!("{:#}", world.service.counts);
    let counts = summary.lines().map(|line| line[13..].trim().parse());
    let counts = counts.collect::<Result<Vec<_>, _>>().expect("numbers");
    let counts = counts.try_into().expect("six of them");
    End { result, at, counts }
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered() {
    let end = run(&[], async |outside| {
        let mut client = outside.connect();
        for (request, answer) in [
            ("GET a", "ERR there is no such key"),
            ("SET a  b c ", "OK"),
            ("GET a\r", "OK  b c"),
            ("INCR a", "ERR the value is no number, or too large"),
            ("INCR n", "OK 1"),
            ("INCR n", "OK 2"),
            ("SET n 18446744073709551615", "OK"),
            ("INCR n", "ERR the value is no number, or too large"),
            ("WAIT a", "OK  b c"),
            ("SET a", "ERR expected GET, SET, INCR or WAIT and a key"),
            ("", "ERR expected GET, SET, INCR or WAIT and a key"),
        ] {
            client.say(&format!("{request}\n")).await;
            client.hear(&format!("{answer}\n")).await;
        }
        outside.stop();
        client.hear_last("BYE\n").await;
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!(end.counts, [1, 0, 1, 0, 0, 11]);
}

#[tokio::test(start_paused = true)]
async fn a_client_waits_for_what_another_sets() {
    let end = run(&[], async |outside| {
        let (mut one, mut other) = (outside.connect(), outside.connect());
        one.say("WAIT door\n").await;
        sleep(Duration::from_millis(300)).await;
        other.say("SET window open\n").await;
        sleep(Duration::from_millis(300)).await;
        other.say("SET door open\n").await;
        one.hear("OK open\n").await;
        assert_eq!(outside.now(), 600);
        drop((one, other));
        // The service sees that both have left before it is asked to end.
        sleep(Duration::from_millis(400)).await;
        outside.stop();
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (1000, [2, 2, 0, 0, 0, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_request_has_its_time_and_no_more() {
    let end = run(&["--timeout", "1500ms"], async |outside| {
        let mut client = outside.connect();
        client.say("WAIT door\n").await;
        client.hear("ERR timed out after 1.5s\n").await;
        assert_eq!(outside.now(), 1500);
        client.say("INCR n\n").await;
        client.hear("OK 1\n").await;
        outside.stop();
        client.hear_last("BYE\n").await;
    });
    assert_eq!(end.await.counts, [1, 0, 1, 0, 0, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_answered_before_the_goodbye() {
    let end = run(&["--timeout", "10s", "--grace", "5s"], async |outside| {
        let (mut idle, mut busy) = (outside.connect(), outside.connect());
        busy.say("WAIT door\n").await;
        sleep(Duration::from_secs(1)).await;

        outside.stop();
        idle.hear_last("BYE\n").await;
        assert_eq!(outside.now(), 1000);
        assert!(outside.listener.is_closed());

        sleep(Duration::from_secs(2)).await;
        outside.service.store.set("door", "open");
        busy.hear_last("OK open\nBYE\n").await;
        assert_eq!(outside.now(), 3000);
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (3000, [2, 0, 2, 0, 0, 1]));
}

#[tokio::test(start_paused = true)]
async fn what_has_come_is_answered_before_the_goodbye() {
    let end = run(&[], async |outside| {
        let mut client = outside.connect();
        client.say("WAIT door\nINCR n\nINCR n\nhalf a li").await;
        sleep(Duration::from_millis(200)).await;
        outside.stop();
        sleep(Duration::from_millis(200)).await;
        outside.service.store.set("door", "open");
        let answers = "OK open\nOK 1\nOK 2\nBYE\n";
        client.hear_last(answers).await;
    });
    let end = end.await;
    assert_eq!((end.at, end.counts), (400, [1, 0, 1, 0, 0, 3]));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_end_is_cut_when_the_grace_is_over() {
    let end = run(&["--timeout", "1h", "--grace", "5s"], async |outside| {
        let (mut busy, mut deaf) = (outside.connect(), outside.connect_with(2));
        busy.say("WAIT door\n").await;
        sleep(Duration::from_secs(1)).await;
        outside.stop();
        busy.hear_last("").await;
        assert_eq!(outside.now(), 6000);
        deaf.hear_last("BY").await;
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (6000, [2, 0, 0, 0, 2, 1]));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_connection_is_no_business_of_the_others() {
    let end = run(&[], async |outside| {
        let (mut good, mut long) = (outside.connect(), outside.connect());
        let (mut deaf, mut binary) = (outside.connect_with(8), outside.connect());

        long.say(&"x".repeat(LONGEST)).await;
        long.hear_last("ERR the line is too long\n").await;
        binary.0.write_all(b"\xff\n").await.expect("it is open");
        binary.hear_last("").await;
        deaf.say("GET a\n").await;
        good.say("INCR n\n").await;
        good.hear("OK 1\n").await;
        assert_eq!(outside.now(), 0);

        sleep(Duration::from_secs(2)).await;
        deaf.hear_last("ERR ther").await;
        good.say("INCR n\n").await;
        good.hear("OK 2\n").await;
        outside.stop();
        good.hear_last("BYE\n").await;
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (2000, [4, 0, 1, 3, 0, 3]));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_takes_no_other_with_it() {
    let end = run(&["--timeout", "10s"], async |outside| {
        let (mut busy, mut idle, mut fatal) =
            (outside.connect(), outside.connect(), outside.connect());
        busy.say("WAIT door\n").await;
        idle.say("INCR n\n").await;
        idle.hear("OK 1\n").await;
        fatal.say("INCR n\nPANIC\nINCR n\n").await;
        fatal.hear_last("OK 2\n").await;

        // Open connections are still served, also in the middle of a request.
        sleep(Duration::from_secs(1)).await;
        idle.say("SET door open\n").await;
        idle.hear("OK\n").await;
        busy.hear("OK open\n").await;
        // New connections are accepted.
        let mut late = outside.connect();
        late.say("INCR n\n").await;
        late.hear("OK 3\n").await;

        outside.stop();
        for client in [&mut busy, &mut idle, &mut late] {
            client.hear_last("BYE\n").await;
        }
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (1000, [4, 0, 3, 1, 0, 6]));
}

#[tokio::test(start_paused = true)]
async fn the_longest_line_is_answered() {
    let end = run(&[], async |outside| {
        let mut client = outside.connect();
        client.say(&format!("{:1$}\n", "INCR n", LONGEST - 1)).await;
        client.hear("OK 1\n").await;
        outside.stop();
        client.hear_last("BYE\n").await;
    });
    assert_eq!(end.await.counts, [1, 0, 1, 0, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_listener_ends_it() {
    let end = run(&["--timeout", "1s", "--grace", "5s"], async |outside| {
        let (mut idle, mut busy) = (outside.connect(), outside.connect());
        busy.say("WAIT door\n").await;
        idle.say("INCR n\n").await;
        idle.hear("OK 1\n").await;
        outside.accept(Err(io::ErrorKind::OutOfMemory.into()));
        idle.hear_last("BYE\n").await;
        busy.hear_last("ERR timed out after 1s\nBYE\n").await;
    });
    let end = end.await;
    let failures = end.result.expect_err("it failed");
    assert_eq!(failures.len(), 1);
    assert_eq!(failures.first().kind(), io::ErrorKind::OutOfMemory);
    assert_eq!((end.at, end.counts), (1000, [2, 0, 2, 0, 0, 2]));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_shutdown_ends_it() {
    let end = run(&[], async |outside| {
        outside.stop_with(Err(io::ErrorKind::Unsupported.into()));
    });
    let failures = end.await.result.expect_err("it failed");
    assert_eq!(failures.into_first().kind(), io::ErrorKind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn who_left_before_being_accepted_is_passed_over() {
    let end = run(&[], async |outside| {
        outside.accept(Err(io::ErrorKind::ConnectionAborted.into()));
        let mut client = outside.connect();
        client.say("INCR n\n").await;
        client.hear("OK 1\n").await;
        outside.stop();
        client.hear_last("BYE\n").await;
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!(end.counts, [1, 0, 1, 0, 0, 1]);
}

#[tokio::test(start_paused = true)]
async fn beyond_the_limit_nobody_is_accepted() {
    let end = run(&["--limit", "2"], async |outside| {
        let clients = [(); 4].map(|()| outside.connect());
        let [one, mut two, mut three, mut four] = clients;
        for client in [&mut two, &mut three, &mut four] {
            client.say("INCR n\n").await;
        }
        two.hear("OK 1\n").await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(outside.listener.capacity(), BACKLOG - 2);

        drop(one);
        three.hear("OK 2\n").await;
        sleep(Duration::from_secs(1)).await;
        assert_eq!(outside.listener.capacity(), BACKLOG - 1);

        outside.stop();
        two.hear_last("BYE\n").await;
        three.hear_last("BYE\n").await;
        four.hear_last("").await;
    });
    assert_eq!(end.await.counts, [3, 1, 2, 0, 0, 2]);
}

// ---- the program ----

fn service(flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_service"))
        .args(flags)
        .output()
        .expect("the program starts")
}

#[test]
fn the_demo() {
    let output = service(&["--demo", "--report", "1h"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "\
idle: OK 100
idle: OK busy
shutting down
idle: BYE
busy: OK
busy: ERR timed out after 1s
busy: BYE
connections      12
  left           10
  goodbye         2
  failed          0
  cut             0
requests        104
"
    );
}

#[cfg(unix)]
#[test]
fn at_ctrl_c_it_says_goodbye() -> io::Result<()> {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpStream;
    use std::process::{Child, Stdio};

    struct Kill(Child);

    impl Drop for Kill {
        fn drop(&mut self) {
            // The program has ended unless the test has failed.
            let _ = self.0.kill();
        }
    }

    let mut program = Command::new(env!("CARGO_BIN_EXE_service"));
    let program = program.args(["--report", "50ms", "--grace", "1min"]);
    let mut program = Kill(program.stdout(Stdio::piped()).spawn()?);
    let stdout = program.0.stdout.take().expect("it is piped");
    let mut stdout = BufReader::new(stdout).lines();
    let first = stdout.next().expect("it says something")?;
    let address = first.strip_prefix("listening on ").expect("an address");

    let mut clients = [TcpStream::connect(address)?, TcpStream::connect(address)?];
    for client in &clients {
        client.set_read_timeout(Some(Duration::from_secs(30)))?;
    }
    clients[0].write_all(b"INCR n\n")?;
    clients[1].write_all(b"WAIT forever\n")?;
    // The report shows that both requests have arrived.
    let under_way = "2 of 2 connections open, 2 requests";
    let mut reports = stdout.by_ref().take(600);
    assert!(reports.any(|line| line.is_ok_and(|line| line == under_way)));

    let pid = program.0.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status()?;
    assert!(sent.success());
    for (client, expected) in clients
        .iter_mut()
        .zip(["OK 1\nBYE\n", "ERR timed out after 1s\nBYE\n"])
    {
        let mut heard = String::new();
        client.read_to_string(&mut heard)?;
        assert_eq!(heard, expected);
    }
    assert_eq!(program.0.wait()?.code(), Some(0));
    let rest = stdout.collect::<io::Result<Vec<_>>>()?;
    let summary = [
        "shutting down",
        "connections       2",
        "  left            0",
        "  goodbye         2",
        "  failed          0",
        "  cut             0",
        "requests          2",
    ];
    assert!(rest.ends_with(&summary.map(String::from)), "{rest:?}");
    Ok(())
}

#[test]
fn a_port_that_is_taken() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port().to_string();
    let output = service(&["--port", &port]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("service: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(output.stdout.is_empty(), "{output:?}");
    Ok(())
}

#[test]
fn bad_arguments_are_refused() {
    for (flag, value, said) in [
        ("--limit", "0", "at least one"),
        ("--limit", "many", "'--limit <LIMIT>'"),
        ("--port", "65536", "'--port <PORT>'"),
        ("--grace", "5", "'--grace <GRACE>'"),
        ("--timeout", "soon", "'--timeout <TIMEOUT>'"),
        ("--report", "0s", "'--report <REPORT>'"),
    ] {
        let output = service(&[flag, value]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(said), "{said:?} in {stderr}");
    }
}

/// The store is saved after the last connection has ended, so it has every request that was answered.
#[tokio::test(start_paused = true)]
async fn what_was_answered_is_saved() {
    let name = format!("rejoin-service-{}.txt", std::process::id());
    let file = std::env::temp_dir().join(name);
    let flags = [
        "--save",
        file.to_str().expect("it is text"),
        "--timeout",
        "10s",
    ];
    let end = run(&flags, async |outside| {
        let (mut one, mut other) = (outside.connect(), outside.connect());
        one.say("SET b 1\n").await;
        one.hear("OK\n").await;
        other.say("WAIT door\n").await;
        sleep(Duration::from_millis(300)).await;
        outside.stop();
        // Answered and saved in the grace.
        sleep(Duration::from_millis(300)).await;
        outside.service.store.set("door", "wide open");
        other.hear_last("OK wide open\nBYE\n").await;
        one.hear_last("BYE\n").await;
    });
    let end = end.await;
    assert!(end.result.is_ok());
    assert_eq!((end.at, end.counts), (600, [2, 0, 2, 0, 0, 2]));
    let saved = std::fs::read_to_string(&file).expect("it was saved");
    std::fs::remove_file(&file).expect("it is there");
    assert_eq!(saved, "SET b 1\nSET door wide open\n");
}
