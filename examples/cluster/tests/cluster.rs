//! Runs the `cluster` program with a real server, workers and a coordinator, each as a process, and makes some of them fail.

#[path = "../src/process.rs"]
mod process;

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use process::Process;
use tokio::process::Command;

/// The number of primes below a million, which is the range of five thousand jobs.
const PRIMES_BELOW_A_MILLION: &str = "78498 primes";

fn cluster(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.args(args.split_whitespace());
    command
}

/// A server and its programs.
struct Cluster {
    _server: Process,
    url: String,
}

impl Cluster {
    async fn start() -> io::Result<Self> {
        let (server, url) = Process::server().await?;
        Ok(Self {
            _server: server,
            url,
        })
    }

    async fn worker(&self, args: &str) -> io::Result<Process> {
        let mut worker =
            Process::start(&mut cluster(&format!("worker --url {} {args}", self.url)))?;
        worker.line("is ready").await?;
        Ok(worker)
    }

    fn coordinator(&self, args: &str) -> io::Result<Process> {
        Process::start(&mut cluster(&format!(
            "coordinator --url {} {args}",
            self.url
        )))
    }

    /// Returns the text on stderr of a coordinator that fails.
    async fn failing_coordinator(&self, args: &str) -> io::Result<String> {
        let mut command = cluster(&format!("coordinator --url {} {args}", self.url));
        let output = command.kill_on_drop(true).output().await?;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Returns the number at the beginning of the last line with this text.
fn number(lines: &[String], text: &str) -> usize {
    let line = lines.iter().rfind(|line| line.contains(text));
    let line = line.unwrap_or_else(|| panic!("{text:?} in {lines:?}"));
    line.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_killed_worker_loses_nothing() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let _one = cluster.worker("--name 1").await?;
    // Jobs pile up at the slowest worker, so it has some when it is killed.
    let two = cluster.worker("--name 2 --limit 1").await?;
    let _three = cluster.worker("--name 3").await?;

    let mut coordinator = cluster.coordinator("--jobs 5000 --replicas 3")?;
    coordinator.line("500 of 5000 jobs are answered").await?;
    two.signal("KILL").await?;
    coordinator.line("were not answered in time").await?;
    let lines = coordinator.end().await?;
    assert!(
        lines.contains(&"5000 of 5000 jobs are answered".to_owned()),
        "{lines:?}"
    );
    assert!(
        lines.contains(&PRIMES_BELOW_A_MILLION.to_owned()),
        "{lines:?}"
    );
    assert_eq!(number(&lines, "a majority of 3 replicas"), 78498);
    Ok(())
}

#[tokio::test]
async fn late_answers_are_duplicates() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let one = cluster.worker("--name 1 --pause 5ms").await?;
    let _two = cluster.worker("--name 2 --pause 5ms").await?;

    let args = "--jobs 200 --limit 32 --timeout 500ms --attempts 100 --replicas 1";
    let mut coordinator = cluster.coordinator(args)?;
    coordinator.line("20 of 200 jobs are answered").await?;
    one.signal("STOP").await?;
    // Its jobs are now sent to both workers again. It continues, and answers twice.
    coordinator.line("were not answered in time").await?;
    one.signal("CONT").await?;
    let lines = coordinator.end().await?;

    assert!(number(&lines, "duplicates") > 0, "{lines:?}");
    // Below 40,000.
    assert!(lines.contains(&"4203 primes".to_owned()), "{lines:?}");
    assert_eq!(number(&lines, "a majority of 1 replicas"), 4203);
    Ok(())
}

#[tokio::test]
async fn an_interrupted_worker_does_what_it_has() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let replica = cluster.worker("--name 1 --limit 1 --grace 60s").await?;
    let mut coordinator = cluster.coordinator("--jobs 1 --replicas 1")?;
    coordinator.line("1 of 1 jobs are answered").await?;
    coordinator.end().await?;
    // It has no jobs, and ends at once.
    replica.signal("INT").await?;
    assert_eq!(replica.end().await?, ["worker 1 did 1 of 1 jobs"]);

    // All twelve jobs arrive at once. When the worker is interrupted, four are done, four are running, and four wait.
    let worker = cluster
        .worker("--name 1 --limit 4 --pause 500ms --grace 60s")
        .await?;
    let start = Instant::now();
    let mut coordinator = cluster.coordinator("--jobs 12 --timeout 60s --attempts 1")?;
    coordinator.line("1 of 12 jobs are answered").await?;
    worker.signal("INT").await?;
    coordinator.line("12 of 12 jobs are answered").await?;
    assert_eq!(worker.end().await?, ["worker 1 did 12 of 12 jobs"]);
    // At most four jobs run at once, and no time is wasted.
    assert!(start.elapsed() >= Duration::from_millis(1500));
    assert!(start.elapsed() < Duration::from_secs(30));
    Ok(())
}

#[tokio::test]
async fn an_interrupted_worker_has_so_much_time() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let worker = cluster
        .worker("--name 1 --limit 2 --pause 30s --grace 100ms")
        .await?;
    let error = cluster
        .failing_coordinator("--jobs 3 --timeout 1s --attempts 2")
        .await?;
    assert_eq!(error, "cluster: nobody answers jobs [0, 1, 2]\n");
    let start = Instant::now();
    worker.signal("INT").await?;
    // All jobs were sent twice, and two of them are running.
    assert_eq!(worker.end().await?, ["worker 1 did 0 of 2 jobs"]);
    assert!(start.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[tokio::test]
async fn nobody_there() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let start = Instant::now();
    let error = cluster
        .failing_coordinator("--jobs 2 --limit 1 --timeout 50ms --attempts 3")
        .await?;
    assert_eq!(error, "cluster: nobody answers jobs [0, 1]\n");
    // Three attempts, one after another.
    assert!(start.elapsed() >= Duration::from_millis(300));
    Ok(())
}

#[tokio::test]
async fn one_of_three_is_no_majority() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let _one = cluster.worker("--name 1").await?;
    let error = cluster.failing_coordinator("--jobs 1 --replicas 3").await?;
    assert_eq!(error, "cluster: no majority of the 3 replicas answers\n");

    let _two = cluster.worker("--name 2").await?;
    let lines = cluster.coordinator("--jobs 1 --replicas 3")?.end().await?;
    // Below 200.
    assert_eq!(number(&lines, "a majority of 3 replicas"), 46);
    Ok(())
}

#[tokio::test]
async fn a_silent_replica_is_not_waited_for() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let _one = cluster.worker("--name 1").await?;
    let client = async_nats::connect(&cluster.url)
        .await
        .map_err(io::Error::other)?;
    let _silent = client
        .subscribe("replicas.3")
        .await
        .map_err(io::Error::other)?;
    client.flush().await.map_err(io::Error::other)?;

    // One of three has answered and one fails at once, so the program waits for a second answer until the deadline.
    let start = Instant::now();
    let args = "--jobs 1 --replicas 3 --timeout 1s";
    let error = cluster.failing_coordinator(args).await?;
    assert_eq!(error, "cluster: no majority of the 3 replicas answers\n");
    assert!(start.elapsed() < Duration::from_secs(9));

    // Two answers are a majority.
    let _two = cluster.worker("--name 2").await?;
    let start = Instant::now();
    let args = "--jobs 1 --replicas 3 --timeout 20s";
    let lines = cluster.coordinator(args)?.end().await?;
    assert_eq!(number(&lines, "a majority of 3 replicas"), 46);
    assert!(start.elapsed() < Duration::from_secs(9));
    Ok(())
}

#[tokio::test]
async fn the_newest_result_is_read() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let _one = cluster.worker("--name 1").await?;
    let two = cluster.worker("--name 2").await?;
    let lines = cluster.coordinator("--jobs 2 --replicas 3")?.end().await?;
    assert_eq!(number(&lines, "a majority"), 78);

    // A replica of this majority has the old result, and the other one has none.
    two.signal("KILL").await?;
    let _three = cluster.worker("--name 3").await?;
    let lines = cluster.coordinator("--jobs 1 --replicas 3")?.end().await?;
    assert_eq!(number(&lines, "a majority"), 46);
    Ok(())
}

#[tokio::test]
async fn the_demo() -> io::Result<()> {
    let lines = Process::start(&mut cluster("demo --jobs 1000"))?
        .end()
        .await?;
    let has = |part: &str| {
        assert!(
            lines.iter().any(|line| line.contains(part)),
            "{part} in {lines:?}"
        );
    };
    has("3 workers are ready");
    has("worker 1 is killed");
    has("1000 of 1000 jobs are answered");
    // Below 200,000.
    has("17984 primes");
    has("17984 is the value of a majority of 3 replicas");
    has("worker 2 did");
    has("worker 3 did");
    Ok(())
}

#[tokio::test]
async fn without_a_server_it_says_where_to_get_one() -> io::Result<()> {
    let mut command = cluster("demo");
    let output = command
        .env("PATH", "/none")
        .stdin(Stdio::null())
        .output()
        .await?;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("apt-get install nats-server"), "{error}");
    Ok(())
}
