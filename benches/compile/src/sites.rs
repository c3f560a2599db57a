//! The cost of a call with futures of types of its own, as in a real program: the size of its code, and the time of its build.
//!
//! A program has [`SITES`] functions with one call each, and each call has its own types. The cost of the calls is the difference to
//! a program that awaits the same futures one after another.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::time::SystemTime;

use object::{Object, ObjectSection, SectionFlags, elf};

use crate::args::Args;
use crate::contenders::OURS;
use crate::packages::Packages;
use crate::table::{Figure, Row};

/// Call sites of a program.
pub(crate) const SITES: u32 = 8;
/// The number of builds of each program. The fastest build counts.
pub(crate) const BUILDS: usize = 2;

/// A program.
pub(crate) struct Program {
    /// Its name in the table.
    name: &'static str,
    pub(crate) package: &'static str,
    /// The body of its functions, which are `async` and return a `u64`. The methods of `Of` return the futures.
    body: &'static str,
}

/// Programs that do the same work.
struct Group {
    workload: &'static str,
    /// The same futures without a call.
    without: Program,
    peer: Option<Program>,
    ours: Program,
    /// The target for the kB of our call.
    kilobytes: f64,
    kilobytes_text: &'static str,
}

/// Programs without calls, which await the futures of programs with calls.
const ONE: Program = Program {
    name: "one future",
    package: "site-without-one",
    body: "Of(1).quick().await",
};
const TWO: Program = Program {
    name: "two futures",
    package: "site-without-two",
    body: "Of(1).quick().await + Of(2).slow().await",
};
const FOUR: Program = Program {
    name: "four fallible futures",
    package: "site-without-four",
    body: "Of(1).first().await.unwrap() + Of(2).second().await.unwrap() + Of(3).third().await.unwrap() + Of(4).fourth().await.unwrap()",
};
const ALL: Program = Program {
    name: "futures of an iterator",
    package: "site-without-all",
    body: "let mut sum = 0; for future in (0..9).map(|n| Of(n).quick()) { sum += future.await } sum",
};
const ALL_FALLIBLE: Program = Program {
    name: "fallible futures of an iterator",
    package: "site-without-all-fallible",
    body: "let mut sum = 0; for future in (0..9).map(|n| Of(n).first()) { sum += future.await.unwrap() } sum",
};

const GROUPS: [Group; 9] = [
    Group {
        workload: "a call site, four fallible branches",
        without: FOUR,
        peer: Some(Program {
            name: "tokio::try_join!",
            package: "site-try-join",
            body: "let (a, b, c, d) = tokio::try_join!(Of(1).first(), Of(2).second(), Of(3).third(), Of(4).fourth()).unwrap(); a + b + c + d",
        }),
        ours: Program {
            name: OURS,
            package: "site-gather",
            body: "let (a, b, c, d) = rejoin::gather!(Of(1).first(), Of(2).second(), Of(3).third(), Of(4).fourth()).await.unwrap(); a + b + c + d",
        },
        kilobytes: 3.0,
        kilobytes_text: "≤ 3 kB",
    },
    Group {
        workload: "a call site, all of a collection",
        without: ALL,
        peer: Some(Program {
            name: "futures::join_all",
            package: "site-join-all",
            body: "futures::future::join_all((0..9).map(|n| Of(n).quick())).await.into_iter().sum()",
        }),
        ours: Program {
            name: OURS,
            package: "site-gather-all",
            body: "rejoin::gather!(..(0..9).map(|n| Of(n).quick())).await.into_iter().sum()",
        },
        kilobytes: 6.0,
        kilobytes_text: "≤ 6 kB",
    },
    Group {
        workload: "a call site, all of a collection, fallible",
        without: ALL_FALLIBLE,
        peer: Some(Program {
            name: "futures::try_join_all",
            package: "site-try-join-all",
            body: "futures::future::try_join_all((0..9).map(|n| Of(n).first())).await.unwrap().into_iter().sum()",
        }),
        ours: Program {
            name: OURS,
            package: "site-gather-all-fallible",
            body: "rejoin::gather!(..(0..9).map(|n| Of(n).first())).await.unwrap().into_iter().sum()",
        },
        kilobytes: 6.0,
        kilobytes_text: "≤ 6 kB",
    },
    Group {
        workload: "a call site, a loop with a limit",
        without: ALL,
        peer: Some(Program {
            name: "buffer_unordered",
            package: "site-buffer-unordered",
            body: "futures::StreamExt::fold(futures::StreamExt::buffer_unordered(futures::stream::iter((0..9).map(|n| Of(n).quick())), 4), 0, |sum, n| async move { sum + n }).await",
        }),
        ours: Program {
            name: OURS,
            package: "site-loop",
            body: "let mut sum = 0; rejoin::as_completed!(for n in ..(0..9).map(|n| Of(n).quick()) { sum += n }, limit = 4); sum",
        },
        kilobytes: 8.0,
        kilobytes_text: "≤ 8 kB",
    },
    Group {
        workload: "a call site, a set",
        without: ALL,
        peer: Some(Program {
            name: "FuturesUnordered",
            package: "site-futures-unordered",
            body: "let mut sum = 0; let mut set: futures::stream::FuturesUnordered<_> = (0..9).map(|n| Of(n).quick()).collect(); while let Some(n) = futures::StreamExt::next(&mut set).await { sum += n } sum",
        }),
        ours: Program {
            name: OURS,
            package: "site-pending",
            body: "let mut sum = 0; let mut set: rejoin::Pending<_> = (0..9).map(|n| Of(n).quick()).collect(); while let Some(n) = set.next().await { sum += n } sum",
        },
        kilobytes: 8.0,
        kilobytes_text: "≤ 8 kB",
    },
    Group {
        workload: "a call site, two arms",
        without: TWO,
        peer: Some(Program {
            name: "tokio::select!",
            package: "site-select",
            body: "tokio::select! { biased; n = Of(1).quick() => n, n = Of(2).slow() => n }",
        }),
        ours: Program {
            name: OURS,
            package: "site-arms",
            body: "let mut sum = 0; rejoin::as_completed! { n = Of(1).quick() => { sum = n; break; } n = Of(2).slow() => { sum = n; break; } } sum",
        },
        kilobytes: 4.0,
        kilobytes_text: "≤ 4 kB",
    },
    Group {
        workload: "a call site, the first of two",
        without: TWO,
        peer: None,
        ours: Program {
            name: OURS,
            package: "site-wait",
            body: "let (done, _) = rejoin::wait!(Of(1).quick(), Of(2).slow(), return_when = FIRST_COMPLETED).await; done.into_iter().sum()",
        },
        kilobytes: 8.0,
        kilobytes_text: "≤ 8 kB",
    },
    Group {
        workload: "a call site, three tasks",
        without: ALL,
        peer: Some(Program {
            name: "JoinSet",
            package: "site-join-set",
            body: "let mut set = tokio::task::JoinSet::new(); for n in 0..3 { set.spawn(Of(n).quick()); } let mut sum = 0; while let Some(n) = set.join_next().await { sum += n.unwrap() } sum",
        }),
        ours: Program {
            name: OURS,
            package: "site-group",
            body: "rejoin::task_group!(|tg| { let children: Vec<_> = (0..3).map(|n| tg.spawn(Of(n).quick())).collect(); let mut sum = 0; for child in children { sum += child.await } sum }).await",
        },
        kilobytes: 12.0,
        kilobytes_text: "≤ 12 kB",
    },
    Group {
        workload: "a call site, one branch with a timeout",
        without: ONE,
        peer: Some(Program {
            name: "tokio::time::timeout",
            package: "site-timeout",
            body: "tokio::time::timeout(std::time::Duration::from_secs(1), Of(1).quick()).await.unwrap()",
        }),
        ours: Program {
            name: OURS,
            package: "site-gather-timeout",
            body: "rejoin::gather!(Of(1).quick(), timeout = 1s).await.unwrap().0",
        },
        kilobytes: 3.0,
        kilobytes_text: "≤ 3 kB",
    },
];

/// All programs.
pub(crate) fn programs() -> impl Iterator<Item = &'static Program> {
    let groups = GROUPS.iter();
    let calls = groups.flat_map(|group| group.peer.iter().chain([&group.ours]));
    [&ONE, &TWO, &FOUR, &ALL, &ALL_FALLIBLE]
        .into_iter()
        .chain(calls)
}

/// What a program depends on, where `{root}` is the workspace.
pub(crate) const DEPENDENCIES: &str = r#"rejoin = { path = "{root}/runtime" }
tokio = { version = "1", features = ["full"] }
futures = "0.3""#;

impl Program {
    /// Its source.
    pub(crate) fn source(&self) -> String {
        let sites = (0..SITES).map(|n| self.site(n));
        let sum: Vec<_> = (0..SITES)
            .map(|n| format!("site_{n}::call().await"))
            .collect();
        let sites: String = sites.collect();
        let sum = sum.join(" + ");
        format!(
            "#![allow(dead_code)]\n{sites}\n#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {{\n    println!(\"{{}}\", {sum});\n}}\n"
        )
    }

    fn site(&self, n: u32) -> String {
        let names = ["first", "second", "third", "fourth"];
        let fallible = (5..).zip(names).map(|(factor, name)| {
            let factor = factor + n;
            format!("    async fn {name}(self) -> Result<u64, String> {{ tokio::task::yield_now().await; if black_box(self.0) == 99 {{ return Err(String::new()) }} Ok(self.0 * {factor}) }}\n")
        });
        let fallible: String = fallible.collect();
        let (factor, ms, body) = (3 + n, 1 + n, self.body);
        format!(
            "
mod site_{n} {{
    use std::hint::black_box;

    struct Of(u64);

    impl Of {{
    async fn quick(self) -> u64 {{ tokio::task::yield_now().await; self.0 * {factor} }}
    async fn slow(self) -> u64 {{ tokio::time::sleep(std::time::Duration::from_millis({ms})).await; self.0 + {n} }}
{fallible}    }}

    #[inline(never)]
    pub async fn call() -> u64 {{ {body} }}
}}
"
        )
    }
}

/// The cost of a call.
#[derive(Clone, Copy)]
struct Cost {
    kilobytes: f64,
    cpu: f64,
}

/// Measures each kind of call, in a row for its code and a row for the time of its build.
pub(crate) fn rows(packages: &Packages, args: &Args) -> io::Result<Vec<Row>> {
    let groups = GROUPS.iter().filter(|group| args.want(group.workload));
    let mut bases = HashMap::new();
    let mut rows = Vec::new();
    for group in groups {
        let base = group.without.package;
        let without = match bases.get(base) {
            Some(without) => *without,
            None => *bases
                .entry(base)
                .or_insert(build(packages, &group.without)?),
        };
        let of_site = |program| {
            let whole = build(packages, program)?;
            io::Result::Ok(Cost {
                kilobytes: (whole.kilobytes - without.kilobytes) / f64::from(SITES),
                cpu: (whole.cpu - without.cpu) / f64::from(SITES),
            })
        };
        let ours = of_site(&group.ours)?;
        let peer = group.peer.as_ref();
        let peer = peer
            .map(|program| io::Result::Ok((program, of_site(program)?)))
            .transpose()?;
        rows.extend(group.rows(ours, peer));
    }
    Ok(rows)
}

impl Group {
    fn rows(&self, ours: Cost, peer: Option<(&Program, Cost)>) -> [Row; 2] {
        let figures = |of: fn(Cost) -> f64| {
            let all = peer.iter().map(|(program, cost)| (program.name, *cost));
            let all = all.chain([(OURS, ours)]).map(|(name, cost)| Figure {
                name,
                value: of(cost),
                spread: None,
            });
            all.collect()
        };
        let (cpu, most, target) = match peer {
            Some((_, peer)) => (ours.cpu / peer.cpu, 1.5, "≤ 1.5 × its peer's"),
            None => (ours.cpu, 0.3, "≤ 0.3 s"),
        };
        [
            Row {
                workload: self.workload,
                unit: "kB",
                figures: figures(|cost| cost.kilobytes),
                ratio: ours.kilobytes / self.kilobytes,
                target: self.kilobytes_text,
                met: ours.kilobytes <= self.kilobytes,
            },
            Row {
                workload: self.workload,
                unit: "CPU s",
                figures: figures(|cost| cost.cpu),
                ratio: cpu,
                target,
                met: cpu <= most,
            },
        ]
    }
}

/// Builds a program, and returns the cost of the whole.
fn build(packages: &Packages, program: &Program) -> io::Result<Cost> {
    eprintln!("building {}", program.package);
    let cargo = packages.cargo("sites");
    let words = ["build", "--release", "-p", program.package];
    // The first build also builds the dependencies.
    cargo.run(&words, &[])?;
    let mut cpu = f64::INFINITY;
    for _ in 0..BUILDS {
        let source = File::options()
            .append(true)
            .open(packages.main(program.package))?;
        source.set_modified(SystemTime::now())?;
        cpu = cpu.min(cargo.timed(&words, &[])?.cpu);
    }
    let file = fs::read(cargo.binary(program.package))?;
    Ok(Cost {
        kilobytes: code(&file)? / 1000.0,
        cpu,
    })
}

/// Returns the bytes of a program that are loaded and never written: code, constants and unwind tables.
fn code(file: &[u8]) -> io::Result<f64> {
    let object = object::File::parse(file).map_err(io::Error::other)?;
    let loaded = object.sections().filter(|section| match section.flags() {
        SectionFlags::Elf { sh_flags } => {
            let flags = u64::from(elf::SHF_ALLOC | elf::SHF_WRITE);
            sh_flags & flags == u64::from(elf::SHF_ALLOC)
        }
        _ => false,
    });
    let bytes: u64 = loaded.map(|section| section.size()).sum();
    let bytes = u32::try_from(bytes).map_err(io::Error::other)?;
    Ok(f64::from(bytes))
}
