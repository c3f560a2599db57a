//! The progress bar while the crawl runs, and the summary after it.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Url;

use crate::page::CrawlError;

/// The counts of a crawl.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pages: usize,
    failures: BTreeMap<String, usize>,
    deepest: usize,
    /// The pages that were found and not fetched, because the crawl was stopped.
    left: usize,
}

impl Tally {
    /// Counts a page fetched on `level`.
    pub(crate) fn page(&mut self, level: usize) {
        self.pages += 1;
        self.deepest = self.deepest.max(level);
    }

    /// Records how many pages were left when the crawl ended.
    pub(crate) fn stopped(&mut self, left: usize) {
        self.left = left;
    }

    /// Counts a page that could not be fetched.
    pub(crate) fn failure(&mut self, error: &CrawlError) {
        *self.failures.entry(error.kind()).or_default() += 1;
    }
}

/// A progress bar on stderr, if that is a terminal, and the times of the pages.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    page_times: Cell<Duration>,
}

impl Progress {
    /// Shows the bar and starts the clock.
    pub(crate) fn start() -> Self {
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} pages")
            .expect("the template is valid");
        Self {
            bar: ProgressBar::new(0).with_style(style),
            started: Instant::now(),
            page_times: Cell::default(),
        }
    }

    /// Adds a page to the length of the bar.
    pub(crate) fn found(&self) {
        self.bar.inc_length(1);
    }

    /// Runs the work for one page and adds its time, even if the work is dropped at its deadline.
    pub(crate) async fn time<T>(&self, work: impl Future<Output = T>) -> T {
        let _stopwatch = Stopwatch {
            progress: self,
            started: Instant::now(),
        };
        work.await
    }

    /// Removes the bar and returns the report.
    pub(crate) fn finish(self, start: &Url, tally: Tally) -> Summary {
        self.bar.finish_and_clear();
        Summary {
            start: start.clone(),
            tally,
            wall_time: self.started.elapsed(),
            page_times: self.page_times.get(),
        }
    }
}

struct Stopwatch<'a> {
    progress: &'a Progress,
    started: Instant,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let times = &self.progress.page_times;
        times.set(times.get() + self.started.elapsed());
        self.progress.bar.inc(1);
    }
}

/// The report on a crawl, which is printed with `Display`.
#[derive(Debug)]
pub(crate) struct Summary {
    start: Url,
    tally: Tally,
    wall_time: Duration,
    page_times: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures = &self.tally.failures;
        let wall = self.wall_time.as_secs_f64();
        let pages = self.page_times.as_secs_f64();

        writeln!(f, "crawled {}", self.start)?;
        writeln!(f, "  pages fetched      {:>5}", self.tally.pages)?;
        writeln!(
            f,
            "  failures           {:>5}",
            failures.values().sum::<usize>()
        )?;
        for (kind, count) in failures {
            writeln!(f, "    {kind:<16} {count:>5}")?;
        }
        writeln!(f, "  deepest level      {:>5}", self.tally.deepest)?;
        if self.tally.left > 0 {
            writeln!(f, "  stopped, left      {:>5}", self.tally.left)?;
        }
        writeln!(f, "  wall time          {wall:>8.2} s")?;
        writeln!(f, "  sum of page times  {pages:>8.2} s")?;
        writeln!(f, "  speed-up           {:>7.1} times", pages / wall)
    }
}
