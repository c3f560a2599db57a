//! The crawl itself: one `gather!` for each level of the site.

use std::collections::HashSet;

use rejoin::gather;
use reqwest::{Client, Url};

use crate::args::Args;
use crate::page::{CrawlError, fetch};
use crate::report::{Progress, Tally};

/// Crawls the host of `start`, up to `args.depth` links away from it.
///
/// # Errors
///
/// If the start page itself cannot be fetched. A failure further on is only
/// counted.
pub(crate) async fn crawl(
    client: &Client,
    start: &Url,
    args: &Args,
    progress: &Progress,
) -> Result<Tally, CrawlError> {
    let mut tally = Tally::default();
    let mut seen = HashSet::from([start.clone()]);
    let mut frontier = vec![start.clone()];

    for level in 0..=args.depth {
        progress.level(level, frontier.len());
        let pages = gather!(
            ..frontier.iter().map(|url| progress.time(fetch(client, url))),
            error = CrawlError,
            limit = args.limit,
            each_timeout = args.timeout,
            return_exceptions = true,
        )
        .await;

        frontier.clear();
        for page in pages {
            match page {
                Ok(page) => {
                    tally.page(level);
                    let links = page.links.into_iter();
                    let same_host = links.filter(|link| link.origin() == start.origin());
                    frontier.extend(same_host.filter(|link| seen.insert(link.clone())));
                }
                Err(error) if level == 0 => return Err(error),
                Err(error) => tally.failure(&error),
            }
        }
        if frontier.is_empty() {
            break;
        }
    }
    Ok(tally)
}
