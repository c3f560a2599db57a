//! The five jobs, and the calls that are drawn.

use std::time::Duration;

use rejoin::{Failures, as_completed, future::Cancelled, gather, task_group, wait};
use tokio::time::sleep;

use crate::record::{Event, Record, What};

/// The name of the code around the calls, including the bodies of loops.
pub const CALLER: &str = "caller";

/// The name of each job, and the milliseconds that it waits for each of its answers.
pub const JOBS: [(&str, &[u64]); 5] = [
    ("user", &[100, 200]),
    ("posts", &[150, 150, 200]),
    ("photo", &[200]),
    ("feed", &[100, 100, 100, 100]),
    ("mail", &[250]),
];

/// The milliseconds that the caller takes to handle a result, in the loop and between two waits.
const HANDLING: u64 = 125;

/// A call and its events.
pub struct Scene {
    /// The name of its picture, without the extension.
    pub name: &'static str,
    pub title: &'static str,
    pub call: &'static str,
    /// The text beside the timeline.
    pub notes: &'static [&'static str],
    pub events: Vec<Event>,
}

type Outcome = Result<&'static str, String>;

/// Runs all scenes, one after another.
pub async fn all() -> Vec<Scene> {
    vec![
        one_after_another().await,
        gathered().await,
        gathered_and_failing().await,
        as_they_come().await,
        waited_for().await,
        grouped_and_failing().await,
        page_one_after_another().await,
        page_in_two_steps().await,
        page_as_a_struct().await,
    ]
}

/// Waits for one answer after another.
async fn job(name: &'static str, answers: &[u64]) -> Outcome {
    for &answer in answers {
        sleep(Duration::from_millis(answer)).await;
    }
    Ok(name)
}

/// Does a job like [`job`], but the one called `mail` fails at its end.
async fn or_fail(name: &'static str, answers: &[u64]) -> Outcome {
    let done = job(name, answers).await?;
    if done == "mail" {
        return Err(format!("{name}: no such mailbox"));
    }
    Ok(done)
}

/// Lets the caller handle a result.
async fn handle(record: &Record, what: &'static str) {
    record.note(what, What::Begins);
    sleep(Duration::from_millis(HANDLING)).await;
    record.note(what, What::Ends);
}

async fn one_after_another() -> Scene {
    let record = Record::begin();
    for (name, answers) in JOBS {
        let outcome = record.watch(name, job(name, answers)).await;
        assert_eq!(outcome, Ok(name));
    }
    record.note(CALLER, What::Returns);
    Scene {
        name: "one-after-another",
        title: "One after another",
        call: "user().await; posts().await; photo().await; feed().await; mail().await;",
        notes: &[],
        events: record.events(),
    }
}

async fn gathered() -> Scene {
    let record = Record::begin();
    let outcome =
        gather!(..JOBS.map(|(name, answers)| record.watch(name, job(name, answers)))).await;
    record.note(CALLER, What::Returns);
    assert_eq!(outcome, Ok(JOBS.map(|(name, _)| name)));
    Scene {
        name: "gather",
        title: "gather!",
        call: "gather!(user(), posts(), photo(), feed(), mail()).await",
        notes: &[
            "All jobs start at once, and the slowest one decides.",
            "Each is polled only when it was woken.",
            "The results are in argument order.",
        ],
        events: record.events(),
    }
}

async fn gathered_and_failing() -> Scene {
    let record = Record::begin();
    let jobs = JOBS.map(|(name, answers)| record.watch(name, or_fail(name, answers)));
    let outcome = gather!(..jobs).await;
    record.note(CALLER, What::Returns);
    assert!(outcome.is_err_and(|error| error.starts_with("mail")));
    Scene {
        name: "gather-fails",
        title: "gather!, and one fails",
        call: "gather!(user(), posts(), photo(), feed(), mail()).await",
        notes: &[
            "The first error ends the call.",
            "The other jobs are dropped at once, in argument order,",
            "before the caller sees the error.",
        ],
        events: record.events(),
    }
}

async fn as_they_come() -> Scene {
    let record = Record::begin();
    let jobs = JOBS.map(|(name, answers)| record.watch(name, job(name, answers)));
    as_completed!(for outcome in ..jobs {
        let name = outcome.expect("these jobs do not fail");
        handle(&record, name).await;
    });
    record.note(CALLER, What::Returns);
    Scene {
        name: "as-completed",
        title: "as_completed!",
        call: "as_completed!(for it in ..jobs { handle(it?).await; })",
        notes: &[
            "The loop gets each result as soon as it is ready.",
            "While its body awaits, the other jobs keep running.",
        ],
        events: record.events(),
    }
}

async fn waited_for() -> Scene {
    let record = Record::begin();
    let jobs = JOBS.map(|(name, answers)| record.watch(name, job(name, answers)));
    let (done, pending) = wait!(..jobs, return_when = FIRST_COMPLETED).await;
    record.note(CALLER, What::Returns);
    assert_eq!(done.into_iter().collect::<Vec<_>>(), [Ok("photo")]);

    handle(&record, "photo").await;

    let (done, pending) = wait!(..pending).await;
    record.note(CALLER, What::Returns);
    assert_eq!((done.len(), pending.len()), (4, 0));
    Scene {
        name: "wait",
        title: "wait! FIRST_COMPLETED, then for all",
        call: "let (done, pending) = wait!(..jobs, return_when = FIRST_COMPLETED).await;",
        notes: &[
            "It returns the results; the other jobs stay alive.",
            "They pause until something waits for them:",
            "the next wait!(..pending) resumes them.",
        ],
        events: record.events(),
    }
}

async fn grouped_and_failing() -> Scene {
    let record = Record::begin();
    let outcome: Result<(), Failures<String>> = task_group!(<String> |tg| {
        for (name, answers) in JOBS {
            if name == "feed" {
                let job = with_cleanup(tg.cancelled(), record.clone(), name, answers);
                tg.spawn(record.watch(name, job));
            } else {
                tg.spawn(record.watch(name, or_fail(name, answers)));
            }
        }
        Ok(())
    }, grace = 100ms)
    .await;
    record.note(CALLER, What::Returns);
    assert!(outcome.is_err_and(|failures| failures.len() == 1));
    Scene {
        name: "task-group-fails",
        title: "task_group!, and one fails",
        call: "task_group!(<AppError> |tg| { tg.spawn(user()); .. Ok(()) }, grace = 100ms).await",
        notes: &[
            "The first error cancels the other tasks, which have the",
            "grace to end: user ends, feed cleans up, posts ignores the",
            "cancellation and is aborted. Then the caller sees the error.",
        ],
        events: record.events(),
    }
}

/// Does a job that listens for cancellation: it cleans up and returns its name.
async fn with_cleanup(
    cancelled: Cancelled,
    record: Record,
    name: &'static str,
    answers: &'static [u64],
) -> Outcome {
    tokio::select! {
        biased;
        outcome = or_fail(name, answers) => outcome,
        () = cancelled => {
            record.note(name, What::CleansUp);
            sleep(Duration::from_millis(75)).await;
            Ok(name)
        }
    }
}

/// A page of parts that need each other: `posts` and `photo` need `user`, and `feed` needs `mail`.
struct Page {
    user: &'static str,
    posts: String,
    photo: String,
    feed: String,
    mail: &'static str,
}

/// The parts of a page, whose jobs are recorded.
struct Parts(Record);

impl Parts {
    async fn user(&self) -> Outcome {
        self.0.watch("user", job("user", &[100])).await
    }

    async fn mail(&self) -> Outcome {
        self.0.watch("mail", job("mail", &[200, 200])).await
    }

    async fn posts(&self, user: &str) -> Result<String, String> {
        self.of("posts", user, &[150, 200]).await
    }

    async fn photo(&self, user: &str) -> Result<String, String> {
        self.of("photo", user, &[200]).await
    }

    async fn feed(&self, mail: &str) -> Result<String, String> {
        self.of("feed", mail, &[100]).await
    }

    async fn of(&self, name: &'static str, need: &str, answers: &[u64]) -> Result<String, String> {
        let name = self.0.watch(name, job(name, answers)).await?;
        Ok(format!("{name} of {need}"))
    }

    /// Checks that each part was made of those that it needs, and returns the events.
    fn finish(&self, page: Result<Page, String>) -> Vec<Event> {
        let page = page.expect("these jobs do not fail");
        assert_eq!((page.user, page.mail), ("user", "mail"));
        assert_eq!(page.posts, "posts of user");
        assert_eq!(page.photo, "photo of user");
        assert_eq!(page.feed, "feed of mail");
        self.0.note(CALLER, What::Returns);
        self.0.events()
    }
}

async fn page_one_after_another() -> Scene {
    let parts = Parts(Record::begin());
    let page: Result<_, String> = async {
        let user = parts.user().await?;
        let posts = parts.posts(user).await?;
        let photo = parts.photo(user).await?;
        let mail = parts.mail().await?;
        let feed = parts.feed(mail).await?;
        Ok(Page {
            user,
            posts,
            photo,
            feed,
            mail,
        })
    }
    .await;
    Scene {
        name: "page-one-after-another",
        title: "A page, one part after another",
        call: "let user = user().await?; let posts = posts(&user).await?; ..",
        notes: &["posts and photo need user, and feed needs mail."],
        events: parts.finish(page),
    }
}

async fn page_in_two_steps() -> Scene {
    let parts = Parts(Record::begin());
    let page: Result<_, String> = async {
        let (user, mail) = gather!(parts.user(), parts.mail()).await?;
        let (posts, photo, feed) =
            gather!(parts.posts(user), parts.photo(user), parts.feed(mail)).await?;
        Ok(Page {
            user,
            posts,
            photo,
            feed,
            mail,
        })
    }
    .await;
    Scene {
        name: "page-in-two-steps",
        title: "A page, gathered in two steps",
        call: "let (user, mail) = gather!(user(), mail()).await?; ..",
        notes: &[
            "The second step waits for all of the first one,",
            "so posts waits for mail, which it does not need.",
        ],
        events: parts.finish(page),
    }
}

async fn page_as_a_struct() -> Scene {
    let parts = Parts(Record::begin());
    let page = gather!(Page {
        user: parts.user(),
        posts: |user| parts.posts(user),
        photo: |user| parts.photo(user),
        feed: |mail| parts.feed(mail),
        mail: parts.mail(),
    })
    .await;
    Scene {
        name: "page-as-a-struct",
        title: "A page, gathered into a struct",
        call: "gather!(Page { user: user(), posts: |user| posts(user), .. }).await",
        notes: &[
            "Each part starts when those that it needs are there,",
            "so the page takes as long as its longest chain of parts.",
        ],
        events: parts.finish(page),
    }
}
