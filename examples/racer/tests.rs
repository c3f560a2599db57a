//! Clients that play badly, and the judge's verdict on them.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rejoin::{as_completed, gather, wait};
use tokio::time::{interval, sleep};

use crate::args::Rules;
use crate::client::{self, Answer, Racer};
use crate::exam;
use crate::judge::{Judge, Verdict};

const SECOND: Duration = Duration::from_millis(80);

/// Returns the rules of a judge who is less patient than usual.
fn rules() -> Rules {
    Rules {
        second: SECOND,
        crowd: 20,
        load: 0.8,
        patience: 6 * SECOND,
        grace: 3 * SECOND,
    }
}

fn racer(judge: &Judge) -> Racer {
    Racer {
        url: judge.url().to_owned(),
        second: SECOND,
        crowd: 20,
        scenarios: Vec::new(),
        http: client::client(),
    }
}

/// Returns the verdict on a client. Its return value, for example its unfinished requests, is dropped after the verdict.
async fn verdict<T>(scenario: u8, client: impl AsyncFnOnce(&Racer) -> T) -> Verdict {
    let judge = Judge::start(rules()).unwrap();
    let racer = racer(&judge);
    let _kept = client(&racer).await;
    judge.verdict(scenario.into()).await
}

/// Asserts that a client is refused with a reason that contains `expected`.
async fn assert_wrong<T>(scenario: u8, expected: &str, client: impl AsyncFnOnce(&Racer) -> T) {
    let verdict = verdict(scenario, client).await;
    match &verdict {
        Verdict::Wrong(reason) if reason.contains(expected) => {}
        _ => panic!("scenario {scenario}: {verdict:?} instead of {expected:?}"),
    }
}

/// Asserts that a client has the right answer but leaks.
async fn assert_leaky<T>(scenario: u8, client: impl AsyncFnOnce(&Racer) -> T) {
    assert_eq!(
        verdict(scenario, client).await,
        Verdict::Leaky,
        "scenario {scenario}"
    );
}

const UNDECIDED: &str = "nothing was decided";
const GIVEN_UP: &str = "given up before";

/// Sends a request in a task that nothing cancels.
fn detached(racer: &Racer, scenario: u8) -> tokio::task::JoinHandle<Answer> {
    let request = racer.http.get(format!("{}/{scenario}", racer.url));
    tokio::spawn(async move { Ok(request.send().await?.error_for_status()?.text().await?) })
}

#[tokio::test]
async fn one_after_another() {
    let scenarios = [1, 2, 3, 4, 5, 6, 7, 9, 11];
    gather!(
        ..scenarios.map(async |scenario| {
            assert_wrong(scenario, UNDECIDED, async |racer| {
                let first = racer.get(scenario).await;
                (first, racer.get(scenario).await)
            })
            .await;
        })
    )
    .await;
    assert_wrong(8, UNDECIDED, async |racer| {
        let _ = racer.resource().await;
        racer.resource().await
    })
    .await;
}

#[tokio::test]
async fn losers_are_not_cancelled() {
    // The unfinished requests stay in a set.
    let wait = async |racer: &Racer, scenario, count| {
        let requests = (0..count).map(|_| {
            let (http, url) = (racer.http.clone(), format!("{}/{scenario}", racer.url));
            async move { http.get(url).send().await?.error_for_status()?.text().await }
        });
        wait!(..requests, return_when = FIRST_SUCCESS).await.1
    };
    gather!(
        ..[(1, 2), (3, 20), (6, 3)].map(async |(scenario, count)| {
            assert_leaky(scenario, async |racer| wait(racer, scenario, count).await).await;
        })
    )
    .await;

    // A dropped handle detaches its task.
    assert_leaky(1, async |racer| {
        let (first, second) = (detached(racer, 1), detached(racer, 1));
        as_completed!(first, second).next().await
    })
    .await;
}

#[tokio::test]
async fn requests_are_given_up_at_the_first_failure() {
    gather!(
        ..[(2, 2), (5, 2), (6, 3), (9, 10), (11, 3)].map(async |(scenario, count)| {
            assert_wrong(scenario, GIVEN_UP, async |racer| {
                gather!(..(0..count).map(|_| racer.get(scenario))).await
            })
            .await;
        })
    )
    .await;
}

#[tokio::test]
async fn a_failing_status_wins() {
    assert_wrong(5, GIVEN_UP, async |racer| {
        let get = async || racer.http.get(format!("{}/5", racer.url)).send().await;
        gather!(get(), get(), need = 1).await
    })
    .await;
}

#[tokio::test]
async fn too_many_requests() {
    assert_wrong(1, "more than 2 requests", async |racer| {
        gather!(racer.get(1), racer.get(1), racer.get(1), need = 1).await
    })
    .await;
    assert_wrong(10, "more than 1 requests", async |racer| {
        gather!(racer.work(), racer.work()).await
    })
    .await;
}

#[tokio::test]
async fn timeouts() {
    gather!(
        // None.
        assert_wrong(4, UNDECIDED, async |racer| {
            gather!(racer.get(4), racer.get(4), need = 1).await
        }),
        // One that only ends the waiting.
        assert_wrong(4, UNDECIDED, async |racer| {
            let impatient = detached(racer, 4);
            let _ = gather!(impatient, timeout = SECOND).await;
            racer.get(4).await
        }),
        // Too early, while the other request is not there, and too late.
        assert_wrong(4, "not after a second", async |racer| {
            gather!(racer.get(4), impatient(racer, 4 * SECOND), need = 1).await
        }),
        assert_wrong(4, "before the other one arrived", async |racer| {
            let _ = impatient(racer, SECOND).await;
            racer.get(4).await
        }),
        // Both.
        assert_wrong(4, "both requests", async |racer| {
            gather!(impatient(racer, SECOND), impatient(racer, SECOND)).await
        }),
    )
    .await;
}

/// Sends a request of scenario 4 with a timeout.
async fn impatient(racer: &Racer, timeout: Duration) -> Answer {
    gather!(racer.get(4), timeout = timeout)
        .await?
        .map(|(answer,)| answer)
}

#[tokio::test]
async fn hedging() {
    gather!(
        // At once, or too early.
        assert_wrong(7, "the second request came after", async |racer| {
            gather!(racer.get(7), racer.get(7), need = 1).await
        }),
        assert_wrong(7, "the second request came after", async |racer| {
            gather!(racer.get(7), racer.get(7), need = 1, stagger = SECOND).await
        }),
        // Never.
        assert_wrong(7, UNDECIDED, async |racer| racer.get(7).await),
        // The first request is given up.
        assert_wrong(7, GIVEN_UP, async |racer| {
            let _ = gather!(racer.get(7), timeout = 3 * SECOND).await;
            racer.get(7).await
        }),
    )
    .await;
}

#[tokio::test]
async fn resources() {
    let open = async |racer: &Racer| racer.get("8?open").await.unwrap();
    gather!(
        // Not closed after a failure.
        assert_wrong(8, UNDECIDED, async |racer| {
            let play = async || racer.get(format!("8?use={}", open(racer).await)).await;
            gather!(play(), play(), need = 1).await
        }),
        // Closed after a failure, but not after a success.
        assert_leaky(8, async |racer| {
            let play = async || {
                let id = open(racer).await;
                let used = racer.get(format!("8?use={id}")).await;
                if used.is_err() {
                    racer.get(format!("8?close={id}")).await?;
                }
                used
            };
            gather!(play(), play(), need = 1).await
        }),
        // Closed while it is in use, or twice.
        assert_wrong(8, "InUse", async |racer| {
            let id = open(racer).await;
            let close = async {
                sleep(SECOND).await;
                racer.get(format!("8?close={id}")).await
            };
            gather!(racer.get(format!("8?use={id}")), close).await
        }),
        assert_wrong(8, "to be Closed: Some(Closed)", async |racer| {
            let play = async || {
                let id = open(racer).await;
                let used = racer.get(format!("8?use={id}")).await;
                racer.get(format!("8?close={id}")).await?;
                racer.get(format!("8?close={id}")).await?;
                used
            };
            gather!(play(), play(), need = 1).await
        }),
        // One for two.
        assert_wrong(8, "to be InUse: Some(InUse)", async |racer| {
            let id = open(racer).await;
            let play = async || racer.get(format!("8?use={id}")).await;
            gather!(play(), play(), need = 1).await
        }),
        assert_wrong(8, "to be InUse: None", async |racer| racer
            .get("8?use=mine")
            .await),
        // Three.
        assert_wrong(8, "more than two resources", async |racer| {
            gather!(open(racer), open(racer), open(racer)).await
        }),
    )
    .await;
}

#[tokio::test]
async fn a_word_in_the_order_of_the_requests() {
    let judge = Judge::start(rules()).unwrap();
    let racer = racer(&judge);
    let letters = gather!(..(0..10).map(|_| racer.get(9)), return_exceptions = true).await;
    let word: String = letters.into_iter().flatten().collect();
    let letters: HashSet<char> = word.chars().collect();
    assert_eq!(letters, HashSet::from(['r', 'i', 'g', 'h', 't']));

    // Only what the client says shows that.
    assert_eq!(judge.verdict(9).await, Verdict::Right);
    let verdict = exam::verdict(Some(&judge), 9, Some("thgir")).await;
    assert_eq!(verdict, Verdict::Wrong("the client says thgir".to_owned()));
}

/// Starts the work without being busy, and reports a load each second, the numbers of which are counted from 1.
async fn work(racer: &Racer, load: impl Fn(usize) -> String) -> Answer {
    let second = AtomicUsize::new(0);
    let report = async {
        let mut ticks = interval(SECOND);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let load = load(second.fetch_add(1, Relaxed) + 1);
            let answer = racer.get(format!("10?x={load}")).await?;
            if answer == "right" {
                return Ok(answer);
            }
        }
    };
    gather!(racer.get("10?x"), report)
        .await
        .map(|(_, answer)| answer)
}

#[tokio::test]
async fn work_in_the_background() {
    gather!(
        // The reports come after the work, or never.
        assert_wrong(10, "0 reports in", async |racer| {
            racer.get("10?x").await?;
            racer.get("10?x=0").await
        }),
        assert_wrong(10, "no right answer", async |racer| racer.get("10?x").await),
        // Nothing works.
        assert_wrong(10, "the mean load was 0.10", async |racer| {
            work(racer, |_| "0.1".to_owned()).await
        }),
        // The work does not end.
        assert_wrong(10, "the work does not end", async |racer| {
            work(racer, |_| "1".to_owned()).await
        }),
        assert_wrong(10, "\"much\" is no load", async |racer| {
            work(racer, |_| "much".to_owned()).await
        }),
        assert_wrong(10, "\"NaN\" is no load", async |racer| {
            work(racer, |_| "NaN".to_owned()).await
        }),
        // The work is given up before the server ends it.
        assert_wrong(10, GIVEN_UP, async |racer| {
            gather!(racer.get("10?x"), timeout = SECOND).await
        }),
        // Another id.
        assert_wrong(10, "no right answer", async |racer| {
            gather!(racer.get("10?x"), racer.get("10?y=1")).await
        }),
    )
    .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_load_that_is_only_claimed() {
    let mut idle = Command::new("sleep")
        .arg("60")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let judge = Judge::start(rules()).unwrap();
    judge.watch(idle.id());
    let racer = racer(&judge);
    // High as long as the work lasts, at most nine seconds.
    let claimed = work(&racer, |second| {
        if second < 10 {
            "1".to_owned()
        } else {
            "0".to_owned()
        }
    });
    assert!(claimed.await.is_err());
    let expected = "the reported load is not true".to_owned();
    assert_eq!(judge.verdict(10).await, Verdict::Wrong(expected));
    idle.kill().unwrap();
    idle.wait().unwrap();
}

#[tokio::test]
async fn a_scenario_is_lost_once() {
    let judge = Judge::start(rules()).unwrap();
    let racer = racer(&judge);
    assert!(racer.get(1).await.is_err());
    // At once, without another time limit.
    let again = gather!(racer.play(1), timeout = 5 * SECOND).await;
    assert!(again.is_ok_and(|answer| answer.is_err()));
    assert_eq!(racer.play(2).await.unwrap(), "right");
    assert_eq!(judge.verdict(2).await, Verdict::Right);
    assert!(matches!(judge.verdict(1).await, Verdict::Wrong(_)));
}
