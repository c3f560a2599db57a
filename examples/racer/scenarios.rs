//! The rules of the scenarios: which request gets which answer, and when.

use std::array;
use std::collections::hash_map::RandomState;
use std::future::pending;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::time::sleep;

use crate::judge::Court;
use crate::record::{Record, Resource, Work};

/// The status and the body of an answer.
pub(crate) type Reply = (StatusCode, String);

/// The body of a right answer.
pub(crate) const RIGHT: &str = "right";

fn ok(body: impl Into<String>) -> Reply {
    (StatusCode::OK, body.into())
}

fn right() -> Reply {
    ok(RIGHT)
}

fn failure() -> Reply {
    (StatusCode::INTERNAL_SERVER_ERROR, "wrong".to_owned())
}

/// Returns a random number below `end`.
fn random(end: u64) -> u64 {
    RandomState::new().hash_one(0) % end
}

impl Court {
    /// Returns the reply to a request, or `None` if its connection has to be closed without one.
    pub(crate) async fn reply(&self, scenario: usize, number: usize, query: &str) -> Option<Reply> {
        let second = self.rules.second;
        Some(match (scenario, number) {
            (1, 1) => {
                self.arrivals(1, 2).await;
                right()
            }
            (2, 1) => {
                self.arrivals(2, 2).await;
                sleep(second).await;
                right()
            }
            (2, _) => return None,
            (3, _) if number == self.rules.crowd => right(),
            (4, _) => {
                self.until(4, |record| record.hung_up > 0).await;
                right()
            }
            (5, 1) => {
                self.arrivals(5, 2).await;
                failure()
            }
            (5, _) => {
                sleep(second).await;
                right()
            }
            (6, 1) => {
                self.arrivals(6, 3).await;
                failure()
            }
            (6, 2) => {
                self.arrivals(6, 3).await;
                sleep(second).await;
                right()
            }
            (7, 1) => self.hedge().await,
            (8, _) => self.resource(number, query).await,
            (9, _) => self.letter(number).await,
            (10, _) => self.work(query).await,
            (11, 1 | 2) => {
                self.arrivals(11, 3).await;
                return None;
            }
            (11, _) => {
                // Both failures arrive before the word.
                sleep(second / 2).await;
                right()
            }
            _ => pending().await,
        })
    }

    /// Returns `true` if a reply was the last one that a client needs.
    pub(crate) fn is_decided_by(&self, scenario: usize, reply: Option<&Reply>) -> bool {
        match scenario {
            // The last letter.
            9 => self.record(9).borrow().letters == RIGHT.len(),
            _ => reply.is_some_and(|(_, body)| body == RIGHT),
        }
    }

    async fn arrivals(&self, scenario: usize, count: usize) {
        self.until(scenario, |record| record.came >= count).await;
    }

    /// Answers the first request of scenario 7.
    async fn hedge(&self) -> Reply {
        let first = Instant::now();
        self.arrivals(7, 2).await;
        let second = self.record(7).borrow().last_came.unwrap_or(first);
        let wait = second - first;
        if wait < self.rules.second * 5 / 2 {
            self.fault(7, format!("the second request came after {wait:?}"));
        }
        right()
    }

    /// Opens a resource of scenario 8.
    pub(crate) fn open(&self) -> Reply {
        let id = format!("{:016x}", random(u64::MAX));
        self.record(8).send_modify(|record| {
            record.open += 1;
            record.resources.insert(id.clone(), Resource::Open);
            if record.resources.len() > 2 {
                record.fault("more than two resources were opened");
            }
        });
        ok(id)
    }

    /// Answers a request that uses a resource. The first one fails, and the second one is right when a resource is closed.
    async fn resource(&self, number: usize, query: &str) -> Reply {
        let id = query.strip_prefix("use=").unwrap_or_default();
        self.step(id, Resource::Open, Resource::InUse);
        self.arrivals(8, 2).await;
        if number == 1 {
            self.step(id, Resource::InUse, Resource::Used);
            return failure();
        }
        self.until(8, |record| {
            record.resources.values().any(|r| *r == Resource::Closed)
        })
        .await;
        self.step(id, Resource::InUse, Resource::Used);
        right()
    }

    /// Closes a resource.
    pub(crate) fn close(&self, id: &str) -> Reply {
        self.step(id, Resource::Used, Resource::Closed);
        ok("")
    }

    /// Changes the state of a resource. It is a fault if the resource is in another state.
    fn step(&self, id: &str, from: Resource, to: Resource) {
        self.record(8)
            .send_modify(|record| match record.resources.get_mut(id) {
                Some(resource) if *resource == from => {
                    *resource = to;
                    if to == Resource::Closed {
                        record.close();
                    }
                }
                other => {
                    let fault = format!("a resource has to be {from:?} to be {to:?}: {other:?}");
                    record.fault(fault);
                }
            });
    }

    /// Deals a card of scenario 9: one of five letters, each a second after the one before it, or one of five failures.
    async fn letter(&self, number: usize) -> Reply {
        self.arrivals(9, self.deck.len()).await;
        let card = self.deck[number - 1];
        let Some(letter) = RIGHT.get(card..=card) else {
            return failure();
        };
        sleep(self.rules.second * u32::try_from(card).unwrap_or_default()).await;
        self.record(9).send_modify(|record| record.letters += 1);
        ok(letter)
    }

    /// Keeps the client working for a random time.
    async fn work(&self, id: &str) -> Reply {
        let seconds = 5 + u32::try_from(random(5)).unwrap_or_default();
        let work = Work {
            id: id.to_owned(),
            since: Instant::now(),
            seconds,
            loads: Vec::new(),
            processor_time: self.processor_time(),
        };
        self.record(10)
            .send_modify(|record| record.work = Some(work));
        sleep(seconds * self.rules.second).await;
        ok("")
    }

    /// Records a reported load, or decides the scenario if the work is over.
    pub(crate) fn report(&self, id: &str, load: &str) -> Reply {
        let mut report = Ok(false);
        self.record(10).send_modify(|record| {
            report = match load.parse::<f64>() {
                Ok(load) if load.is_finite() => self.weigh(record, id, load),
                _ => Err(format!("{load:?} is no load")),
            };
            match &report {
                Ok(right) => record.right_at = right.then(Instant::now),
                Err(fault) => record.fault(fault),
            }
        });
        match report {
            Ok(true) => right(),
            Ok(false) => (StatusCode::FOUND, String::new()),
            Err(fault) => (StatusCode::BAD_REQUEST, fault),
        }
    }

    /// Returns whether the client has worked long and hard enough, or else a fault.
    fn weigh(&self, record: &mut Record, id: &str, load: f64) -> Result<bool, String> {
        let Some(work) = record.work.as_mut().filter(|work| work.id == id) else {
            return Ok(false);
        };
        let (elapsed, time) = (work.since.elapsed(), work.seconds * self.rules.second);
        if elapsed <= time {
            work.loads.push(load);
            return Ok(false);
        }
        let count = u32::try_from(work.loads.len()).unwrap_or(u32::MAX);
        if count + 1 < work.seconds {
            return Err(format!("{count} reports in {} seconds", work.seconds));
        }
        if load > 0.3 {
            let late = elapsed > time + self.rules.patience;
            return (!late)
                .then_some(false)
                .ok_or("the work does not end".to_owned());
        }
        let mean = work.loads.iter().sum::<f64>() / f64::from(count);
        if mean.total_cmp(&self.rules.load).is_lt() {
            return Err(format!("the mean load was {mean:.2}"));
        }
        // Half as much as was reported, and some ticks of the system's clock less.
        let least = time
            .mul_f64(mean / 2.0)
            .saturating_sub(Duration::from_millis(50));
        let measured = work.processor_time.zip(self.processor_time());
        if measured.is_some_and(|(before, after)| after < before + least) {
            return Err("the reported load is not true".to_owned());
        }
        Ok(true)
    }
}

/// Returns the cards of scenario 9 in random order.
pub(crate) fn shuffled() -> [usize; 10] {
    let mut cards = array::from_fn(|card| card);
    let random = RandomState::new();
    cards.sort_by_key(|card| random.hash_one(card));
    cards
}
