//! The crawl: one loop over pages in completion order, to which the body adds pages.

use std::collections::HashSet;

use rejoin::{Pending, as_completed, gather};
use reqwest::{Client, Url};

use crate::args::Args;
use crate::page::{CrawlError, fetch};
use crate::report::{Progress, Tally};

/// Crawls the host of `start` up to a depth of `args.depth` links.
///
/// When `stop` completes, it drops the requests in flight, and the result covers the pages until then.
///
/// A page counts for the level on which it was first found, which is not always the lowest one.
///
/// # Errors
///
/// Returns an error if the start page cannot be fetched. Other failures are only counted.
pub(crate) async fn crawl(
    client: &Client,
    start: &Url,
    args: &Args,
    progress: &Progress,
    stop: impl Future,
) -> Result<Tally, CrawlError> {
    let visit = |url: Url, level: usize| {
        progress.found();
        async move {
            let page = progress.time(fetch(client, &url));
            let page = gather!(page, timeout = args.timeout, error = CrawlError).await;
            (level, page)
        }
    };
    let mut tally = Tally::default();
    let mut seen = HashSet::from([start.clone()]);
    let mut pending = Pending::from_iter([visit(start.clone(), 0)]);

    as_completed!(<limit = args.limit, until = stop> for (level, page) in ..&mut pending {
        match page {
            Ok((page,)) => {
                tally.page(level);
                let links = page.links.into_iter().filter(|_| level < args.depth);
                let same_host = links.filter(|link| link.origin() == start.origin());
                for link in same_host.filter(|link| seen.insert(link.clone())) {
                    pending.push(visit(link, level + 1));
                }
            }
            Err(error) if level == 0 => return Err(error),
            Err(error) => tally.failure(&error),
        }
    });
    tally.stopped(pending.len());
    Ok(tally)
}
