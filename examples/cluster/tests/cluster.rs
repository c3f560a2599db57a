//! Runs the `cluster` program with a real server, workers and a coordinator, each as a process, and makes some of them fail.

#[cfg(target_os = "linux")]
mod link;
#[path = "../src/process.rs"]
mod process;

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use process::{Process, Server};
use tokio::process::Command;

fn cluster(args: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cluster"));
    command.args(args.split_whitespace());
    command
}

fn coordinator_command(url: &str, args: &str) -> Command {
    cluster(&format!("coordinator --url {url} {args}"))
}

/// A server and its programs.
struct Cluster {
    server: Server,
    url: String,
}

impl Cluster {
    async fn start() -> io::Result<Self> {
        let server = Server::start().await?;
        let url = server.url();
        Ok(Self { server, url })
    }

    async fn worker(&self, args: &str) -> io::Result<Process> {
        let mut worker =
            Process::start(&mut cluster(&format!("worker --url {} {args}", self.url)))?;
        worker.line("is ready").await?;
        Ok(worker)
    }

    fn coordinator(&self, args: &str) -> io::Result<Process> {
        Process::start(&mut coordinator_command(&self.url, args))
    }

    /// Returns the text on stderr of a coordinator that fails.
    async fn failing_coordinator(&self, args: &str) -> io::Result<String> {
        let mut command = coordinator_command(&self.url, args);
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

/// Asserts that the output of a coordinator counts each of the jobs 0 to `jobs` - 1.
fn assert_all_counted(lines: &[String], jobs: usize, primes: usize) {
    assert_eq!(number(lines, "jobs are counted"), jobs, "{lines:?}");
    assert_eq!(number(lines, " primes"), primes, "{lines:?}");
}

/// Ends workers as ctrl-c would, and returns the sums of the jobs that they did first, and after another worker.
async fn done(workers: impl IntoIterator<Item = Process>) -> io::Result<(usize, usize)> {
    let (mut first, mut again) = (0, 0);
    for worker in workers {
        worker.signal("INT").await?;
        let lines = worker.end().await?;
        let words: Vec<_> = lines.last().expect("a last line").split(' ').collect();
        first += words[3].parse::<usize>().expect("a number");
        again += words[6].parse::<usize>().expect("a number");
    }
    Ok((first, again))
}

/// The number of primes below 400,000, which is the range of two thousand jobs.
const PRIMES_OF_2000: usize = 33_860;

#[tokio::test]
async fn a_killed_worker() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let one = cluster.worker("--name 1").await?;
    let two = cluster.worker("--name 2").await?;
    let mut coordinator = cluster.coordinator("--jobs 2000 --replicas 1")?;
    coordinator.line("600 of 2000 jobs").await?;
    two.signal("KILL").await?;
    assert_all_counted(&coordinator.end().await?, 2000, PRIMES_OF_2000);
    let (first, _) = done([one]).await?;
    assert!(first < 2000, "{first}");
    Ok(())
}

#[tokio::test]
async fn a_killed_coordinator() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let workers = [
        cluster.worker("--name 1").await?,
        cluster.worker("--name 2").await?,
    ];
    let mut coordinator = cluster.coordinator("--jobs 2000 --replicas 2")?;
    coordinator.line("600 of 2000 jobs").await?;
    coordinator.signal("KILL").await?;
    assert!(coordinator.end().await.is_err());

    let coordinator = cluster.coordinator("--jobs 2000 --replicas 2")?;
    assert_all_counted(&coordinator.end().await?, 2000, PRIMES_OF_2000);
    assert_eq!(done(workers).await?, (2000, 0));

    // Everything is there already, so no worker has to do it.
    let _one = cluster.worker("--name 1").await?;
    let coordinator = cluster.coordinator("--jobs 2000 --replicas 1")?;
    assert_all_counted(&coordinator.end().await?, 2000, PRIMES_OF_2000);
    Ok(())
}

#[tokio::test]
async fn a_killed_server() -> io::Result<()> {
    let mut cluster = Cluster::start().await?;
    let _one = cluster.worker("--name 1").await?;
    let _two = cluster.worker("--name 2").await?;
    let mut coordinator = cluster.coordinator("--jobs 2000 --replicas 2")?;
    coordinator.line("600 of 2000 jobs").await?;
    cluster.server.restart(Duration::from_millis(200)).await?;
    assert_all_counted(&coordinator.end().await?, 2000, PRIMES_OF_2000);
    Ok(())
}

#[tokio::test]
async fn a_frozen_worker() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let args = "--pause 300ms --ack-wait 1s";
    let one = cluster.worker(&format!("--name 1 {args}")).await?;
    let mut coordinator = cluster.coordinator("--jobs 12 --replicas 1")?;
    coordinator.line("1 of 12 jobs").await?;
    // It has four jobs, or is about to get them. They go to the other worker, and it does them again when it goes on.
    one.signal("STOP").await?;
    let two = cluster.worker(&format!("--name 2 {args}")).await?;
    coordinator.line("12 of 12 jobs").await?;
    one.signal("CONT").await?;
    // Below 2,400.
    assert_all_counted(&coordinator.end().await?, 12, 357);
    let (first, again) = done([one, two]).await?;
    assert_eq!(first, 12);
    assert!(again <= 4, "{again}");
    Ok(())
}

#[tokio::test]
async fn a_poison_job() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let mut workers = Vec::new();
    for name in 1..=3 {
        let args = format!("--name {name} --limit 1 --poison 7 --deliveries 2 --ack-wait 500ms");
        workers.push(cluster.worker(&args).await?);
    }
    let mut coordinator = cluster.coordinator("--jobs 100 --replicas 1")?;
    coordinator.line("100 of 100 jobs have ended").await?;
    coordinator.line("100 jobs are counted").await?;
    assert!(coordinator.end().await.is_err());
    let error = cluster.failing_coordinator("--jobs 100").await?;
    assert_eq!(error, "cluster: jobs [7] are dead\n");
    // It has killed two workers.
    let mut alive = 0;
    for worker in workers {
        alive += usize::from(done([worker]).await.is_ok());
    }
    assert_eq!(alive, 1);
    Ok(())
}

#[tokio::test]
async fn ten_thousand_jobs() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let mut workers = Vec::new();
    for name in 1..=4 {
        workers.push(
            cluster
                .worker(&format!("--name {name} --pause 0ms --limit 8"))
                .await?,
        );
    }
    let coordinator = cluster.coordinator("--jobs 10000 --limit 256 --replicas 4")?;
    // Below two million.
    assert_all_counted(&coordinator.end().await?, 10_000, 148_933);
    assert_eq!(done(workers).await?, (10_000, 0));
    Ok(())
}

#[tokio::test]
async fn a_long_job_stays_with_its_worker() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let args = "--pause 2s --ack-wait 600ms --deliveries 1";
    let workers = [
        cluster.worker(&format!("--name 1 {args}")).await?,
        cluster.worker(&format!("--name 2 {args}")).await?,
    ];
    let coordinator = cluster.coordinator("--jobs 3 --replicas 2")?;
    // Below 600.
    assert_all_counted(&coordinator.end().await?, 3, 109);
    assert_eq!(done(workers).await?, (3, 0));
    Ok(())
}

#[tokio::test]
async fn an_interrupted_worker_finishes_its_jobs() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let worker = cluster
        .worker("--name 1 --limit 4 --pause 500ms --grace 60s")
        .await?;
    let start = Instant::now();
    let mut coordinator = cluster.coordinator("--jobs 12 --job-timeout 3s --replicas 1")?;
    coordinator.line("1 of 12 jobs").await?;
    worker.signal("INT").await?;
    // Some of the second four may be on their way, and the others stay in the queue.
    let lines = worker.end().await?;
    let first = number(&[lines[0].replace("worker 1 did ", "")], "jobs");
    assert!((4..=8).contains(&first), "{lines:?}");
    assert!(start.elapsed() < Duration::from_secs(30));
    assert!(coordinator.end().await.is_err());

    let other = cluster.worker("--name 1 --pause 0ms").await?;
    let coordinator = cluster.coordinator("--jobs 12 --replicas 1")?;
    assert_all_counted(&coordinator.end().await?, 12, 357);
    assert_eq!(done([other]).await?, (12 - first, 0));
    Ok(())
}

#[tokio::test]
async fn an_interrupted_worker_has_so_much_time() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let worker = cluster
        .worker("--name 1 --limit 2 --pause 30s --grace 100ms")
        .await?;
    let error = cluster
        .failing_coordinator("--jobs 3 --job-timeout 1s")
        .await?;
    // The worker has two of them.
    let said = "cluster: 3 jobs have no outcome; 1 were removed from the queue\n";
    assert!(error.ends_with(said), "{error}");
    let start = Instant::now();
    assert_eq!(done([worker]).await?, (0, 0));
    assert!(start.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[tokio::test]
async fn an_interrupted_coordinator_cleans_up() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let client = async_nats::connect(&cluster.url)
        .await
        .map_err(io::Error::other)?;
    let mut jobs = client.subscribe("jobs.*").await.map_err(io::Error::other)?;
    client.flush().await.map_err(io::Error::other)?;
    let mut command = coordinator_command(&cluster.url, "--jobs 20 --limit 10");
    let coordinator = command.stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    for _ in 0..10 {
        jobs.next().await.expect("the connection is open");
    }
    let id = coordinator.id().unwrap_or_default().to_string();
    Command::new("kill")
        .args(["-s", "INT", &id])
        .status()
        .await?;
    let output = coordinator.wait_with_output().await?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        error,
        "cluster: 20 jobs have no outcome; 10 were removed from the queue\n"
    );

    // The server knows their ids, and takes them again.
    let _worker = cluster.worker("--name 1").await?;
    let coordinator = cluster.coordinator("--jobs 20 --replicas 1")?;
    // Below 4,000.
    assert_all_counted(&coordinator.end().await?, 20, 550);
    Ok(())
}

#[tokio::test]
async fn no_worker() -> io::Result<()> {
    let cluster = Cluster::start().await?;
    let error = cluster
        .failing_coordinator("--jobs 2 --job-timeout 200ms")
        .await?;
    assert_eq!(
        error,
        "job 0 has no outcome in time\njob 1 has no outcome in time\n\
         cluster: 2 jobs have no outcome; 2 were removed from the queue\n"
    );
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
    has("4 workers are ready");
    has("[##########] 1000 of 1000 jobs have ended");
    // Below 200,000.
    has("17984 primes");
    has("17984 is the value of a majority of 3 replicas");
    for event in [
        "a worker is killed",
        "worker 1 is frozen",
        "worker 1 goes on",
        "the server is killed",
        "the server is there again",
        "all have ended",
    ] {
        has(event);
    }
    has("worker 1 did");
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
