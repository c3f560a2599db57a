//! The scenario server. It keeps a record of each scenario, from which it decides whether the client has played well.
//!
//! A judge is for one round: requests are numbered in the order in which they arrive, and are never forgotten.

use std::array;
use std::fmt;
use std::fs;
use std::io;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rejoin::{Task, TimedOut, gather, spawn};
use tokio::net::TcpSocket;
use tokio::sync::watch;

use crate::args::Rules;
use crate::record::{InFlight, Record};
use crate::scenarios::{Reply, shuffled};

/// The number of scenarios.
pub(crate) const SCENARIOS: usize = 11;

/// The running server of one round.
#[derive(Debug)]
pub(crate) struct Judge {
    url: String,
    court: Arc<Court>,
    _server: Task<io::Result<()>>,
}

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct Court {
    pub(crate) rules: Rules,
    records: [watch::Sender<Record>; SCENARIOS],
    /// The order of the cards of scenario 9.
    pub(crate) deck: [usize; 10],
    /// The process id of the client, or 0 if the judge has not started it.
    client: AtomicU32,
}

/// How a client has played a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    /// The answer was right, but losers were not cancelled.
    Leaky,
    Wrong(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Right => f.write_str("right"),
            Self::Leaky => f.write_str("leaky: losers are still connected, or resources open"),
            Self::Wrong(reason) => write!(f, "wrong: {reason}"),
        }
    }
}

impl Judge {
    /// Starts the server on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub(crate) fn start(rules: Rules) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(([127, 0, 0, 1], 0).into())?;
        // So many connections can wait until they are accepted, if the system allows it.
        let listener = socket.listen(16_384)?;
        let url = format!("http://{}", listener.local_addr()?);
        let court = Arc::new(Court {
            rules,
            records: array::from_fn(|_| watch::Sender::default()),
            deck: shuffled(),
            client: AtomicU32::new(0),
        });
        let routes = Router::new()
            .route("/", get(StatusCode::OK))
            .route("/{scenario}", get(request))
            .with_state(Arc::clone(&court));
        Ok(Self {
            url,
            court,
            _server: spawn(axum::serve(listener, routes).into_future()),
        })
    }

    /// Returns the address of the server, without a path.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Compares the loads that the client reports with the processor time of this process.
    pub(crate) fn watch(&self, client: u32) {
        self.court.client.store(client, Relaxed);
    }

    /// Returns the verdict on a scenario that the client has played. Waits a while for losers to disconnect.
    pub(crate) async fn verdict(&self, scenario: usize) -> Verdict {
        let rules = &self.court.rules;
        let right_at = self.court.record(scenario).borrow().right_at;
        let deadline = right_at.unwrap_or_else(Instant::now) + rules.grace;
        let rest = deadline.saturating_duration_since(Instant::now());
        let empty = self.court.until(scenario, |record| record.open == 0);
        let in_time = gather!(empty, timeout = rest).await.is_ok();

        let record = self.court.record(scenario).borrow();
        let expected = rules.requests(scenario);
        if let Some(fault) = &record.fault {
            Verdict::Wrong(fault.clone())
        } else if right_at.is_none() {
            Verdict::Wrong("no right answer".to_owned())
        } else if record.came != expected {
            Verdict::Wrong(format!("{} requests instead of {expected}", record.came))
        } else if !in_time || record.empty_at.is_none_or(|at| at > deadline) {
            Verdict::Leaky
        } else {
            Verdict::Right
        }
    }
}

impl Court {
    /// Returns the record of a scenario, which are counted from 1.
    pub(crate) fn record(&self, scenario: usize) -> &watch::Sender<Record> {
        &self.records[scenario - 1]
    }

    /// Waits until a condition holds for the record of a scenario.
    pub(crate) async fn until(&self, scenario: usize, condition: impl FnMut(&Record) -> bool) {
        let mut record = self.record(scenario).subscribe();
        // The sender is not dropped, so there is no error.
        let _ = record.wait_for(condition).await;
    }

    /// Notes the first fault of a scenario.
    pub(crate) fn fault(&self, scenario: usize, reason: impl Into<String>) {
        self.record(scenario)
            .send_modify(|record| record.fault(reason));
    }

    /// Returns the processor time of the client until now, if the judge has started it and the system tells it.
    pub(crate) fn processor_time(&self) -> Option<Duration> {
        let client = self.client.load(Relaxed);
        let stat = fs::read_to_string(format!("/proc/{client}/stat")).ok()?;
        // Behind the name of the program, which may contain spaces.
        let fields = stat.rsplit_once(')')?.1.split_whitespace();
        let ticks: u64 = fields
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum();
        // Linux reports all times in hundredths of a second.
        Some(Duration::from_millis(10 * ticks))
    }
}

/// Handles a request. The future is dropped when the client closes its connection.
async fn request(
    State(court): State<Arc<Court>>,
    Path(scenario): Path<usize>,
    RawQuery(query): RawQuery,
) -> Response {
    if !(1..=SCENARIOS).contains(&scenario) {
        return StatusCode::NOT_FOUND.into_response();
    }
    match decide(&court, scenario, &query.unwrap_or_default()).await {
        Some(reply) => reply.into_response(),
        // Ends the task of the connection, which closes it without an answer and without a message on stderr.
        None => resume_unwind(Box::new("cut off")),
    }
}

/// Returns the reply to a request, or `None` if its connection has to be closed.
async fn decide(court: &Arc<Court>, scenario: usize, query: &str) -> Option<Reply> {
    let is_faulty = || court.record(scenario).borrow().fault.is_some();
    if is_faulty() {
        return None;
    }
    // These requests are not part of the race.
    match (scenario, query.split_once('=')) {
        (8, None) if query == "open" => return Some(court.open()),
        (8, Some(("close", id))) => return Some(court.close(id)),
        (10, Some((id, load))) => return Some(court.report(id, load)),
        _ => {}
    }
    let mut request = InFlight::enter(court, scenario);
    if is_faulty() {
        request.answered(false);
        return None;
    }
    let reply = court.reply(scenario, request.number, query);
    let patience = court.rules.patience(scenario);
    let reply = match gather!(reply, timeout = patience).await {
        Ok((reply,)) => reply,
        Err(TimedOut { .. }) => {
            court.record(scenario).send_modify(|record| {
                if record.right_at.is_none() {
                    record.fault(format!("nothing was decided for {patience:?}"));
                }
            });
            None
        }
    };
    request.answered(court.is_decided_by(scenario, reply.as_ref()));
    reply
}
