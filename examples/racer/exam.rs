//! Rounds of the exam: the client as a process, and a verdict for each scenario.

use std::env;
use std::error::Error;
use std::io;
use std::process::Stdio;

use rejoin::gather;
use rlimit::increase_nofile_limit;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::args::{Args, Rules};
use crate::judge::{Judge, Verdict};

/// Open files beside those of scenario 3: of the runtime, the program, and the other scenarios.
const SPARE_FILES: u64 = 100;

/// Plays all rounds and prints the verdicts.
///
/// # Errors
///
/// Returns an error if a verdict is not "right", a client does not end in time, or the limit of open files is too low.
#[tokio::main]
pub(crate) async fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    check_file_limit(&args.rules)?;
    let scenarios = args.scenarios.len();
    let mut all = 0;
    for number in 1..=args.rounds {
        let (right,) = gather!(round(args), timeout = args.timeout).await??;
        println!("round {number}: {right} of {scenarios}");
        all += usize::from(right == scenarios);
    }
    if all < args.rounds {
        return Err(format!("{all} of {} rounds are right", args.rounds).into());
    }
    Ok(())
}

/// Raises the limit of open files of this process and its clients as far as scenario 3 needs.
fn check_file_limit(rules: &Rules) -> Result<(), String> {
    let needed = rules.crowd as u64 + SPARE_FILES;
    let limit = increase_nofile_limit(needed).map_err(|error| error.to_string())?;
    if limit < needed {
        let crowd = limit.saturating_sub(SPARE_FILES);
        return Err(format!(
            "scenario 3 needs {needed} open files, but the limit is {limit}: raise it, for example with \
             `ulimit -n {needed}`, or pass `--crowd {crowd}`"
        ));
    }
    Ok(())
}

/// Plays a round and returns the number of right verdicts.
async fn round(args: &Args) -> io::Result<usize> {
    let judge = match &args.url {
        Some(_) => None,
        None => Some(Judge::start(args.rules.clone())?),
    };
    let url = judge.as_ref().map(Judge::url).or(args.url.as_deref());
    let list = args.scenarios.iter().map(u8::to_string);
    let list = list.collect::<Vec<_>>().join(",");
    let mut client = Command::new(env::current_exe()?)
        .args(["client", url.unwrap_or_default()])
        .args(["--second", &format!("{:?}", args.rules.second)])
        .args(["--crowd", &args.rules.crowd.to_string()])
        .args(["--scenarios", &list])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let (Some(judge), Some(id)) = (&judge, client.id()) {
        judge.watch(id);
    }
    let stdout = client.stdout.take().expect("it is piped");
    let mut lines = BufReader::new(stdout).lines();
    let mut right = 0;
    for &scenario in &args.scenarios {
        let line = lines.next_line().await?;
        let verdict = verdict(judge.as_ref(), scenario, line.as_deref()).await;
        println!("{scenario:>2} {verdict}");
        right += usize::from(verdict == Verdict::Right);
    }
    client.wait().await?;
    Ok(right)
}

/// Returns the verdict of the judge, if there is one, and of the line that the client has printed.
pub(crate) async fn verdict(judge: Option<&Judge>, scenario: u8, line: Option<&str>) -> Verdict {
    let verdict = match judge {
        Some(judge) => judge.verdict(scenario.into()).await,
        None => Verdict::Right,
    };
    match line {
        Some("right") => verdict,
        _ if verdict != Verdict::Right => verdict,
        Some(line) => Verdict::Wrong(format!("the client says {line}")),
        None => Verdict::Wrong("the client says nothing".to_owned()),
    }
}
