//! What rejoin does otherwise than asyncio on purpose, and how outcomes are compared in spite of it.

use crate::{
    outcome::{How, Outcome, Record},
    program::Program,
};

/// A difference.
pub struct Difference {
    /// How the comments of the runner call it.
    pub name: &'static str,
    /// Why it is one, and the section of the contract that says so.
    pub why: &'static str,
    pub made_up_for: By,
}

/// Who makes up for it.
#[derive(Clone, Copy)]
pub enum By {
    /// The runner in Python, for it changes what happens afterwards.
    Runner,
    /// This, on the outcomes of both sides.
    Outcome(fn(&Program, &mut [Option<Record>])),
}

const fn runner(name: &'static str, why: &'static str) -> Difference {
    Difference {
        name,
        why,
        made_up_for: By::Runner,
    }
}

const fn outcome(
    name: &'static str,
    why: &'static str,
    normalise: fn(&Program, &mut [Option<Record>]),
) -> Difference {
    Difference {
        name,
        why,
        made_up_for: By::Outcome(normalise),
    }
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    runner(
        "drop",
        "What a call does not need any more is dropped before it returns (2, 3.1, 4); asyncio lets it run on.",
    ),
    runner(
        "deadlines",
        "What is done at the deadline is in time (8.1); in asyncio the timer that was set first wins.",
    ),
    runner(
        "ties",
        "What happens at one moment counts in argument order, the first error, the results of a wait and of an iteration, \
         and all errors of a group (2, 4, 5, 8.2); in asyncio it depends on how many turns of the loop each takes.",
    ),
    runner(
        "newcomers",
        "A child that is spawned at the moment of an error is not started (5); in asyncio it may be.",
    ),
    runner(
        "zero",
        "A timeout of nothing polls every branch once (8.1); asyncio's `wait_for` does not start them.",
    ),
    runner(
        "late",
        "A deadline is said once and drops the rest when it passes (3.1); asyncio's iteration raises it for each that is \
         left, and lets them run on.",
    ),
    runner(
        "pushes",
        "A set can be added to while it is iterated (3.1, 3.2); in asyncio one writes a loop of waits for that.",
    ),
    runner(
        "sets",
        "A wait gives its results in completion order (4); asyncio's has none.",
    ),
    runner(
        "empty",
        "To wait for nothing returns at once (4); asyncio refuses it.",
    ),
    runner(
        "untaken",
        "A partial result is as long as what was taken from the iterator under the limit (2).",
    ),
    runner(
        "handles",
        "An error of a child is said by the group, and its handle never completes (5); asyncio raises it in both.",
    ),
    runner(
        "stop",
        "A stop ends the group before anything else is started (5); asyncio has it since 3.15, and before that a child that \
         raises an error of its own.",
    ),
    runner(
        "requests",
        "CPython before 3.13 loses count of the requests to cancel when a group with a body that has ended fails: a fault of it.",
    ),
    outcome(
        "started to be cancelled",
        "What is cancelled at the moment of its start may have been polled or not: a task runs when the runtime gets to it \
         (5, 6).",
        started_to_be_cancelled,
    ),
    outcome(
        "started at the end",
        "At the moment at which a node ends early, what is started below it may be polled or not: of a failed gather later \
         branches need not be (2).",
        started_at_the_end,
    ),
    outcome(
        "ended at the end",
        "For the same reason what is done below it at that moment may be done or dropped; nobody sees its result.",
        ended_at_the_end,
    ),
];

/// Makes an outcome comparable to the other side's.
pub fn normalise(program: &Program, outcome: &mut Outcome) {
    if let Outcome::Ended(records) = outcome {
        for difference in DIFFERENCES {
            if let By::Outcome(normalise) = difference.made_up_for {
                normalise(program, records);
            }
        }
    }
}

/// Whether a node above this one ended early, or was cancelled, at this moment.
///
/// A branch of a gather that failed is polled then if it stands before the one that failed.
fn is_cut(program: &Program, records: &[Option<Record>], id: usize, at: u64) -> bool {
    let mut below = id;
    while let Some(above) = program.above[below] {
        if let Some(record) = &records[above.id] {
            let ends = record.early || record.how == How::Cancelled;
            let before = above.gather && stands_before_the_error(program, records, below);
            if ends && record.end == at && !before {
                return true;
            }
        }
        below = above.id;
    }
    false
}

/// Whether a branch of a gather that failed stands before the branch that failed.
fn stands_before_the_error(program: &Program, records: &[Option<Record>], branch: usize) -> bool {
    let above = program.above[branch].expect("it is a branch");
    let gather = records[above.id].as_ref();
    let Some(How::Failed(error)) = gather.map(|record| &record.how) else {
        return false;
    };
    let is_failed = |id: &usize| {
        let record = records[*id].as_ref();
        let of_the_same = program.above[*id].is_some_and(|other| other.id == above.id);
        of_the_same && record.is_some_and(|record| record.how == How::Failed(error.clone()))
    };
    // Numbers are in the order of branches.
    (0..program.above.len())
        .find(is_failed)
        .is_some_and(|failed| branch < failed)
}

fn started_to_be_cancelled(_: &Program, records: &mut [Option<Record>]) {
    for record in records {
        record.take_if(|record| record.how == How::Cancelled && record.start == record.end);
    }
}

fn started_at_the_end(program: &Program, records: &mut [Option<Record>]) {
    let before = records.to_vec();
    for (id, record) in records.iter_mut().enumerate() {
        record.take_if(|record| is_cut(program, &before, id, record.start));
    }
}

fn ended_at_the_end(program: &Program, records: &mut [Option<Record>]) {
    let before = records.to_vec();
    for (id, record) in records.iter_mut().enumerate() {
        let Some(record) = record.as_mut() else {
            continue;
        };
        if is_cut(program, &before, id, record.end) {
            record.how = How::Cut;
            record.early = false;
            record.result.clear();
            let end = record.end;
            record.notes.retain(|(at, _)| *at < end);
        }
    }
}
