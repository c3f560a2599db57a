//! The contenders: the dependencies of each, and its join of four futures.

/// The name of this library in the table.
pub(crate) const OURS: &str = "rejoin";
pub(crate) const TOKIO: &str = "tokio::join!";
pub(crate) const FUTURES: &str = "futures::join!";

/// The number of functions with one call each in a package.
pub(crate) const CALLS: u32 = 200;

/// Whose futures the calls of a package join.
#[derive(Clone, Copy)]
pub(crate) enum Futures {
    /// All calls join the same four functions.
    Shared,
    /// Each call joins functions of its own, as in a real program.
    Own,
}

/// One way to join.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// The generated package.
    pub(crate) package: &'static str,
    /// The line in its manifest, in which `{root}` is the workspace. Empty if it needs no dependency.
    pub(crate) dependency: &'static str,
    /// The line at the top of its source.
    import: &'static str,
    /// The call, whose branches are `{0}` to `{3}`.
    call: &'static str,
}

/// The contenders, as their documentation shows them.
pub(crate) const CONTENDERS: [Contender; 6] = [
    Contender {
        name: "by hand",
        package: "by-hand",
        dependency: "",
        import: "",
        call: BY_HAND,
    },
    Contender {
        name: TOKIO,
        package: "by-tokio",
        dependency: r#"tokio = { version = "1", features = ["macros", "rt", "time"] }"#,
        import: "",
        call: "tokio::join!({0}, {1}, {2}, {3})",
    },
    Contender {
        name: FUTURES,
        package: "by-futures",
        dependency: r#"futures = "0.3""#,
        import: "",
        call: "futures::join!({0}, {1}, {2}, {3})",
    },
    Contender {
        name: "futures-concurrency",
        package: "by-futures-concurrency",
        dependency: r#"futures-concurrency = "7""#,
        import: "use futures_concurrency::prelude::*;",
        call: "({0}, {1}, {2}, {3}).join().await",
    },
    Contender {
        name: "join_me_maybe",
        package: "by-join-me-maybe",
        dependency: r#"join_me_maybe = "0.6""#,
        import: "",
        call: "join_me_maybe::join!({0}, {1}, {2}, {3})",
    },
    Contender {
        name: OURS,
        package: "by-rejoin",
        dependency: r#"rejoin = { path = "{root}/runtime" }"#,
        import: "",
        call: "rejoin::gather!({0}, {1}, {2}, {3}).await",
    },
];

/// The same source without calls. Its size is subtracted from the sizes of the contenders.
pub(crate) const WITHOUT: Contender = Contender {
    name: "without calls",
    package: "without-calls",
    dependency: "",
    import: "",
    call: "",
};

const BY_HAND: &str = "\
{
        let mut a = std::pin::pin!({0});
        let mut b = std::pin::pin!({1});
        let mut c = std::pin::pin!({2});
        let mut d = std::pin::pin!({3});
        let (mut of_a, mut of_b, mut of_c, mut of_d) = (None, None, None, None);
        std::future::poll_fn(move |cx| {
            if of_a.is_none() {
                if let Poll::Ready(value) = a.as_mut().poll(cx) {
                    of_a = Some(value);
                }
            }
            if of_b.is_none() {
                if let Poll::Ready(value) = b.as_mut().poll(cx) {
                    of_b = Some(value);
                }
            }
            if of_c.is_none() {
                if let Poll::Ready(value) = c.as_mut().poll(cx) {
                    of_c = Some(value);
                }
            }
            if of_d.is_none() {
                if let Poll::Ready(value) = d.as_mut().poll(cx) {
                    of_d = Some(value);
                }
            }
            if of_a.is_none() || of_b.is_none() || of_c.is_none() || of_d.is_none() {
                return Poll::Pending;
            }
            Poll::Ready((of_a.take().unwrap(), of_b.take().unwrap(), of_c.take().unwrap(), of_d.take().unwrap()))
        })
        .await
    }";

/// The source of the branches, and of code that makes the compiler build all of their futures.
const PREAMBLE: &str = "\
#![allow(unused)]

use std::{future::Future, pin::Pin, task::{Context, Poll}};

/// Pending once.
struct Later(bool);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn branch_0(x: u64) -> u64 {
    Later(false).await;
    x + 1
}

async fn branch_1(x: u32) -> Option<u32> {
    Later(false).await;
    x.checked_add(1)
}

async fn branch_2(x: u64) -> String {
    Later(false).await;
    x.to_string()
}

async fn branch_3(x: bool) -> bool {
    Later(x).await;
    !x
}
";

/// A line of the first call, and the line that an edit replaces it with, and the other way round.
pub(crate) const EDIT: [&str; 2] = ["let x = x + 1;", "let x = x + 2;"];

impl Contender {
    /// Returns the name of its package with these futures.
    pub(crate) fn package(&self, futures: Futures) -> String {
        match futures {
            Futures::Shared => self.package.to_owned(),
            Futures::Own => format!("{}-own", self.package),
        }
    }

    /// Returns the source of its package: functions that differ only in their names and constants, and the functions that they
    /// call.
    pub(crate) fn source(&self, futures: Futures) -> String {
        let mut source = format!("{PREAMBLE}\n{}\n", self.import);
        for n in 0..CALLS {
            source.push_str(&self.function(n, futures));
        }
        let futures = (0..CALLS).map(|n| format!("        Box::pin(call_{n}({n})),\n"));
        let futures: String = futures.collect();
        source
            + &format!(
                "\npub fn calls() -> Vec<Pin<Box<dyn Future<Output = ()>>>> {{\n    vec![\n{futures}    ]\n}}\n"
            )
    }

    fn function(&self, n: u32, futures: Futures) -> String {
        let (own, path) = match futures {
            Futures::Shared => (String::new(), String::new()),
            Futures::Own => (own(n), format!("own_{n}::")),
        };
        if self.call.is_empty() {
            return format!("\nasync fn call_{n}(x: u64) {{}}\n");
        }
        let mut call = self.call.to_owned();
        for (branch, arguments) in ["x", "x as u32", "x", "x > 1"].into_iter().enumerate() {
            call = call.replace(
                &format!("{{{branch}}}"),
                &format!("{path}branch_{branch}({arguments})"),
            );
        }
        let edited = if n == 0 { EDIT[0] } else { "" };
        format!(
            "{own}\nasync fn call_{n}(x: u64) {{\n    {edited}\n    let (a, b, c, d) = {call};\n}}\n"
        )
    }
}

/// Returns the functions that only call `n` joins.
fn own(n: u32) -> String {
    format!(
        "
mod own_{n} {{
    use super::Later;

    pub async fn branch_0(x: u64) -> u64 {{
        Later(false).await;
        x + {n}
    }}

    pub async fn branch_1(x: u32) -> Option<u32> {{
        Later(false).await;
        x.checked_add({n})
    }}

    pub async fn branch_2(x: u64) -> String {{
        Later(false).await;
        (x + {n}).to_string()
    }}

    pub async fn branch_3(x: bool) -> bool {{
        Later(x).await;
        !x
    }}
}}
"
    )
}
