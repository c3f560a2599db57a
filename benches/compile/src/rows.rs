//! The rows of the table.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::args::Args;
use crate::cargo::{Cargo, Took};
use crate::contenders::{
    CALLS, CONTENDERS, Contender, EDIT, FUTURES, Futures, OURS, TOKIO, WITHOUT,
};
use crate::packages::{Packages, alone};
use crate::table::{self, Figure, Row};

/// A target: at most `times` the figure of a peer plus `seconds`.
struct Target {
    text: &'static str,
    of: &'static str,
    times: f64,
    seconds: f64,
}

/// A build that is measured.
struct Workload {
    name: &'static str,
    futures: Futures,
    words: &'static [&'static str],
    before: Before,
    target: Target,
}

/// The step before a build, without which nothing would be built.
enum Before {
    /// The package's own artifacts are removed; its dependencies are built.
    Clean,
    /// The modification time of its source is changed.
    Touch,
    /// A line of one call is changed.
    Edit,
}

const CALLS_WORKLOADS: [Workload; 7] = [
    Workload {
        name: "200 calls, `cargo check`, full",
        futures: Futures::Shared,
        words: &["check"],
        before: Before::Clean,
        target: HALF_OF_TOKIO,
    },
    Workload {
        name: "200 calls, `cargo check`, after a touch",
        futures: Futures::Shared,
        words: &["check"],
        before: Before::Touch,
        target: HALF_OF_TOKIO,
    },
    Workload {
        name: "200 calls, `cargo build`",
        futures: Futures::Shared,
        words: &["build"],
        before: Before::Clean,
        target: FUTURES_ITSELF,
    },
    Workload {
        name: "200 calls, `cargo build --release`",
        futures: Futures::Shared,
        words: &["build", "--release"],
        before: Before::Clean,
        target: FUTURES_ITSELF,
    },
    Workload {
        name: "200 calls of their own futures, `cargo check`, full",
        futures: Futures::Own,
        words: &["check"],
        before: Before::Clean,
        target: TOKIO_ITSELF,
    },
    Workload {
        name: "200 calls of their own futures, `cargo check`, after a touch",
        futures: Futures::Own,
        words: &["check"],
        before: Before::Touch,
        target: TOKIO_ITSELF,
    },
    Workload {
        name: "200 calls of their own futures, `cargo check`, after an edit",
        futures: Futures::Own,
        words: &["check"],
        before: Before::Edit,
        target: TOKIO_ITSELF,
    },
];

const HALF_OF_TOKIO: Target = Target {
    text: "≤ 0.5 × tokio::join!",
    of: TOKIO,
    times: 0.5,
    seconds: 0.0,
};

const TOKIO_ITSELF: Target = Target {
    text: "≤ 1 × tokio::join!",
    of: TOKIO,
    times: 1.0,
    seconds: 0.0,
};

const FUTURES_ITSELF: Target = Target {
    text: "≤ 1 × futures::join!",
    of: FUTURES,
    times: 1.0,
    seconds: 0.0,
};

const TOKIO_AND_LITTLE: Target = Target {
    text: "≤ tokio::join! + 0.5 s",
    of: TOKIO,
    times: 1.0,
    seconds: 0.5,
};

/// Measures the size of an expanded call, as the compiler prints it.
pub(crate) fn expansion(packages: &Packages, args: &Args) -> io::Result<Vec<Row>> {
    const WORKLOAD: &str = "a call, expanded";
    const AT_MOST: f64 = 500.0;
    if !args.want(WORKLOAD) {
        return Ok(Vec::new());
    }
    let cargo = packages.cargo("expanded");
    let without = expanded(&cargo, WITHOUT.package)?;
    let figures = CONTENDERS.iter().map(|contender| {
        let bytes = expanded(&cargo, contender.package)? - without;
        Ok(Figure {
            name: contender.name,
            value: f64::from(bytes) / f64::from(CALLS),
            spread: None,
        })
    });
    let figures: Vec<_> = figures.collect::<io::Result<_>>()?;
    let ours = figures[index(OURS)].value;
    Ok(vec![Row {
        workload: WORKLOAD,
        unit: "bytes",
        ratio: ours / AT_MOST,
        target: "≤ 500",
        met: ours <= AT_MOST,
        figures,
    }])
}

/// Returns the size of a package's source with all macros expanded.
fn expanded(cargo: &Cargo, package: &str) -> io::Result<u32> {
    eprintln!("expanding {package}");
    let words = ["rustc", "-p", package, "--profile=check"];
    let text = cargo.run(
        &[&words[..], &["--", "-Zunpretty=expanded"]].concat(),
        // A stable compiler rejects the option otherwise.
        &[("RUSTC_BOOTSTRAP", "1")],
    )?;
    u32::try_from(text.len()).map_err(io::Error::other)
}

/// Measures the time to build calls.
pub(crate) fn calls(packages: &Packages, args: &Args) -> io::Result<Vec<Row>> {
    let cargo = packages.cargo("calls");
    let mut rows = Vec::new();
    for workload in CALLS_WORKLOADS {
        if !args.want(workload.name) {
            continue;
        }
        let race = race(
            workload.name,
            &CONTENDERS.each_ref(),
            args.rounds,
            |contender| {
                let package = &*contender.package(workload.futures);
                let words = [workload.words, &["-p", package]].concat();
                match workload.before {
                    Before::Clean => {
                        let words = &workload.words[1..];
                        cargo.run(&[&["clean", "-p", package], words].concat(), &[])?;
                    }
                    Before::Touch => {
                        let source = File::options()
                            .append(true)
                            .open(packages.source(package))?;
                        source.set_modified(SystemTime::now())?;
                    }
                    Before::Edit => change(&packages.source(package))?,
                }
                cargo.timed(&words, &[])
            },
        )?;
        let both = race.rows(&workload.target);
        // The remaining rows take minutes.
        eprint!("{}", table::terminal(&both));
        rows.extend(both);
    }
    Ok(rows)
}

/// Changes a line of one call, or changes it back.
fn change(source: &Path) -> io::Result<()> {
    let text = fs::read_to_string(source)?;
    let [one, other] = EDIT;
    let changed = if text.contains(one) {
        text.replace(one, other)
    } else {
        text.replace(other, one)
    };
    fs::write(source, changed)
}

/// Measures the time to build the libraries, with their default features or those that rejoin needs.
pub(crate) fn clean(packages: &Packages, args: &Args) -> io::Result<Vec<Row>> {
    const WORKLOAD: &str = "the library and what it needs, `cargo build`, all anew";
    if !args.want(WORKLOAD) {
        return Ok(Vec::new());
    }
    let cargo = packages.cargo("alone");
    let libraries = CONTENDERS
        .iter()
        .filter(|contender| !contender.dependency.is_empty());
    let race = race(
        WORKLOAD,
        &libraries.collect::<Vec<_>>(),
        args.rounds,
        |contender| {
            cargo.forget()?;
            // Cargo would build our library incrementally, because it is a path dependency. It does not do so with crates
            // from a registry.
            cargo.timed(
                &["build", "-p", &alone(contender)],
                &[("CARGO_INCREMENTAL", "0")],
            )
        },
    )?;
    Ok(race.rows(&TOKIO_AND_LITTLE).into())
}

/// The times of all contenders, round by round.
struct Race {
    workload: &'static str,
    names: Vec<&'static str>,
    rounds: Vec<Vec<Took>>,
}

/// Builds all contenders in turn, round after round. The first round builds their dependencies and does not count.
fn race(
    workload: &'static str,
    contenders: &[&Contender],
    rounds: usize,
    mut build: impl FnMut(&Contender) -> io::Result<Took>,
) -> io::Result<Race> {
    eprintln!("{workload}");
    let names = contenders.iter().map(|contender| contender.name);
    let mut race = Race {
        workload,
        names: names.collect(),
        rounds: Vec::new(),
    };
    for round in 0..=rounds {
        let took = contenders.iter().map(|contender| build(contender));
        let took = took.collect::<io::Result<_>>()?;
        if round > 0 {
            race.rounds.push(took);
        }
    }
    Ok(race)
}

impl Race {
    /// Returns a row in processor time and a row in wall-clock time.
    fn rows(&self, target: &Target) -> [Row; 2] {
        [
            self.row("CPU s", target, |took| took.cpu),
            self.row("s", target, |took| took.wall),
        ]
    }

    fn row(&self, unit: &'static str, target: &Target, of: impl Fn(&Took) -> f64) -> Row {
        let place = |name| self.names.iter().position(|other| *other == name);
        let (ours, peer) = (place(OURS), place(target.of));
        let (ours, peer) = ours
            .zip(peer)
            .expect("ours and the target's peer are in every race");
        let ratios = self
            .rounds
            .iter()
            .map(|round| of(&round[ours]) / (of(&round[peer]) + target.seconds));
        let ratio = quartiles(ratios.collect())[1];
        let figures = self.names.iter().enumerate().map(|(place, name)| {
            let rounds = self.rounds.iter().map(|round| of(&round[place]));
            let [first, median, third] = quartiles(rounds.collect());
            Figure {
                name,
                value: median,
                spread: Some((third - first) / 2.0 / median),
            }
        });
        Row {
            workload: self.workload,
            unit,
            figures: figures.collect(),
            ratio,
            target: target.text,
            met: ratio <= target.times,
        }
    }
}

fn quartiles(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}

/// Returns the index of a contender in the list.
fn index(name: &str) -> usize {
    let place = CONTENDERS
        .iter()
        .position(|contender| contender.name == name);
    place.expect("it is in the list")
}
