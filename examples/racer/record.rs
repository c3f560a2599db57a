//! The record of a scenario, and the requests in flight that it counts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::judge::Court;

/// What happened in a scenario until now.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// The number of requests until now.
    pub(crate) came: usize,
    /// The number of requests in flight and of open resources.
    pub(crate) open: usize,
    /// When that number was last zero.
    pub(crate) empty_at: Option<Instant>,
    /// When the latest request arrived.
    pub(crate) last_came: Option<Instant>,
    /// The number of requests whose client has closed the connection before the word was sent.
    pub(crate) hung_up: usize,
    /// The number of letters that were sent.
    pub(crate) letters: usize,
    /// When the word was sent.
    pub(crate) right_at: Option<Instant>,
    /// The first mistake of the client.
    pub(crate) fault: Option<String>,
    pub(crate) resources: HashMap<String, Resource>,
    pub(crate) work: Option<Work>,
}

/// A resource of scenario 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Open,
    InUse,
    Used,
    Closed,
}

/// The work of scenario 10.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) id: String,
    pub(crate) since: Instant,
    pub(crate) seconds: u32,
    /// The loads that were reported meanwhile.
    pub(crate) loads: Vec<f64>,
    /// The processor time of the client at the begin.
    pub(crate) processor_time: Option<Duration>,
}

impl Record {
    /// Notes a mistake, if it is the first one.
    pub(crate) fn fault(&mut self, reason: impl Into<String>) {
        self.fault.get_or_insert_with(|| reason.into());
    }

    /// Notes that a request or a resource is closed.
    pub(crate) fn close(&mut self) {
        self.open -= 1;
        if self.open == 0 {
            self.empty_at = Some(Instant::now());
        }
    }
}

/// A request in flight. It is dropped when it was answered or when its client has closed the connection.
#[derive(Debug)]
pub(crate) struct InFlight {
    court: Arc<Court>,
    scenario: usize,
    /// Requests are numbered from 1, in the order of arrival.
    pub(crate) number: usize,
    since: Instant,
    answered: bool,
}

impl InFlight {
    /// Counts a request, which is a fault if there are too many.
    pub(crate) fn enter(court: &Arc<Court>, scenario: usize) -> Self {
        let since = Instant::now();
        let mut number = 0;
        court.record(scenario).send_modify(|record| {
            record.came += 1;
            record.open += 1;
            record.last_came = Some(since);
            number = record.came;
            let expected = court.rules.requests(scenario);
            if number > expected {
                record.fault(format!("more than {expected} requests"));
            }
        });
        Self {
            court: Arc::clone(court),
            scenario,
            number,
            since,
            answered: false,
        }
    }

    /// Notes that this request is answered, or cut off. With `right` this decides the scenario.
    pub(crate) fn answered(&mut self, right: bool) {
        self.answered = true;
        if right {
            self.court
                .record(self.scenario)
                .send_modify(|record| record.right_at = Some(Instant::now()));
        }
    }

    /// Returns why the client must not close this connection now, unless it may.
    fn objection(&self, record: &Record) -> Option<&'static str> {
        let second = self.court.rules.second;
        match self.scenario {
            4 if record.came < 2 => Some("a request was given up before the other one arrived"),
            4 if record.hung_up > 0 => Some("both requests were given up"),
            4 if !(second / 10..=3 * second).contains(&self.since.elapsed()) => {
                Some("a request was given up, but not after a second")
            }
            4 => None,
            _ => Some("a request was given up before the right answer"),
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.court.record(self.scenario).send_modify(|record| {
            if !self.answered && record.right_at.is_none() {
                if let Some(objection) = self.objection(record) {
                    record.fault(objection);
                }
                record.hung_up += 1;
            }
            record.close();
        });
    }
}
