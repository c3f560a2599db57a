//! The client: all eleven scenarios of Easy Racer. A test counts its lines.

use std::error;
use std::fmt::Display;
use std::process;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use rejoin::{as_completed, gather, spawn};
use reqwest::Client;
use tokio::task::yield_now;
use tokio::time::interval;

type Error = Box<dyn error::Error + Send + Sync>;
pub(crate) type Answer = Result<String, Error>;

/// Asks a server for the word `right` eleven times.
#[derive(Debug, clap::Args)]
pub(crate) struct Racer {
    /// Server to ask
    #[arg(default_value = "http://localhost:8080")]
    pub(crate) url: String,
    /// Unit of all times
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    pub(crate) second: Duration,
    /// Number of requests in scenario 3
    #[arg(long, default_value_t = 10_000)]
    pub(crate) crowd: usize,
    /// Scenarios to play
    #[arg(long, value_delimiter = ',', default_values_t = 1..=11)]
    pub(crate) scenarios: Vec<u8>,
    #[arg(skip = client())]
    pub(crate) http: Client,
}

/// Plays all scenarios, and prints a line for each.
#[tokio::main]
pub(crate) async fn exam(racer: &Racer) {
    for &scenario in &racer.scenarios {
        match racer.play(scenario).await {
            Ok(answer) => println!("{answer}"),
            Err(error) => println!("{error:?}"),
        }
    }
}

/// Returns a client that opens a connection for each request. A pool would search all waiting requests whenever one of them ends.
pub(crate) fn client() -> Client {
    let builder = Client::builder().pool_max_idle_per_host(0).no_proxy();
    builder.build().expect("there is no TLS")
}

impl Racer {
    /// Plays one scenario. An error or a status of 400 and more loses a race.
    pub(crate) async fn play(&self, scenario: u8) -> Answer {
        let get = || self.get(scenario);
        Ok(match scenario {
            3 => gather!(..(0..self.crowd).map(|_| get()), need = 1).await?,
            4 => {
                let impatient = gather!(<Error> get(), need = 1, timeout = self.second);
                gather!(<Error> get(), impatient, need = 1).await?
            }
            6 => gather!(get(), get(), get(), need = 1).await?,
            7 => gather!(get(), get(), need = 1, stagger = 3 * self.second).await?,
            8 => gather!(self.resource(), self.resource(), need = 1).await?,
            9 => self.word().await,
            10 => gather!(self.work(), self.report()).await?.1,
            11 => gather!(<Error> get(), gather!(get(), get(), need = 1), need = 1).await?,
            _ => gather!(get(), get(), need = 1).await?,
        })
    }

    pub(crate) async fn get(&self, path: impl Display) -> Answer {
        let response = self.http.get(format!("{}/{path}", self.url)).send().await?;
        Ok(response.error_for_status()?.text().await?)
    }

    /// Opens a resource and uses it, and closes it also after an error.
    pub(crate) async fn resource(&self) -> Answer {
        let id = self.get("8?open").await?;
        let used = self.get(format!("8?use={id}")).await;
        self.get(format!("8?close={id}")).await?;
        used
    }

    /// Joins letters in the order in which they arrive, and skips failures.
    async fn word(&self) -> String {
        let mut word = String::new();
        as_completed!(for letter in ..(0..10).map(|_| self.get(9)) {
            word.extend(letter);
        });
        word
    }

    /// Keeps a processor busy until the server answers.
    pub(crate) async fn work(&self) -> Answer {
        let _busy = spawn(async {
            loop {
                yield_now().await;
            }
        });
        self.get(format!("10?{}", process::id())).await
    }

    /// Reports the load of each second until the server has enough of them.
    async fn report(&self) -> Answer {
        let mut ticks = interval(self.second);
        ticks.tick().await;
        loop {
            let (cpu, wall) = (ProcessTime::now(), Instant::now());
            ticks.tick().await;
            let load = cpu.elapsed().as_secs_f64() / wall.elapsed().as_secs_f64();
            let answer = self.get(format!("10?{}={load}", process::id())).await?;
            if answer == "right" {
                return Ok(answer);
            }
        }
    }
}
