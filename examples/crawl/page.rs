//! Fetching a page, and the errors of doing so.

use std::error::Error;
use std::fmt;

use rejoin::TimedOut;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};

/// A page that was fetched.
#[derive(Debug)]
pub(crate) struct Page {
    /// The links of the page, without `#fragment`s.
    pub(crate) links: Vec<Url>,
}

/// Fetches the page at `url`, following redirects.
///
/// # Errors
///
/// Returns an error if the server cannot be reached, closes the connection early, redirects in a circle, or answers with a
/// status that is not a success.
pub(crate) async fn fetch(client: &Client, url: &Url) -> Result<Page, CrawlError> {
    let response = client.get(url.clone()).send().await?;
    if !response.status().is_success() {
        return Err(CrawlError::Status(response.status()));
    }
    if !is_html(&response) {
        return Ok(Page { links: Vec::new() });
    }
    let base = response.url().clone();
    let html = response.text().await?;
    Ok(Page {
        links: links(&base, &html),
    })
}

fn is_html(response: &Response) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"text/html"))
}

/// Returns all values of `href="..."` that are URLs.
///
/// This is not an HTML parser, but it finds the links of a simple page.
fn links(base: &Url, html: &str) -> Vec<Url> {
    html.split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .filter_map(|(link, _)| base.join(link).ok())
        .map(|mut link| {
            link.set_fragment(None);
            link
        })
        .collect()
}

/// The reason why a page could not be fetched.
#[derive(Debug)]
pub(crate) enum CrawlError {
    /// The server answered, but not with success.
    Status(StatusCode),
    /// The page took longer than the time limit.
    TimedOut(TimedOut),
    /// There were too many redirects.
    RedirectLoop(reqwest::Error),
    /// The server could not be reached, or closed the connection early.
    Connection(reqwest::Error),
}

impl CrawlError {
    /// Returns the heading under which this failure is counted.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Status(status) => format!("status {}", status.as_u16()),
            Self::TimedOut(_) => "timed out".to_owned(),
            Self::RedirectLoop(_) => "redirect loop".to_owned(),
            Self::Connection(_) => "connection".to_owned(),
        }
    }
}

impl From<TimedOut> for CrawlError {
    fn from(timed_out: TimedOut) -> Self {
        Self::TimedOut(timed_out)
    }
}

impl From<reqwest::Error> for CrawlError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_redirect() {
            Self::RedirectLoop(error)
        } else {
            Self::Connection(error)
        }
    }
}

impl fmt::Display for CrawlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the server answered {status}"),
            Self::TimedOut(timed_out) => write!(f, "{timed_out}"),
            Self::RedirectLoop(error) | Self::Connection(error) => {
                write!(f, "{}", root_cause(error))
            }
        }
    }
}

impl Error for CrawlError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Status(_) => None,
            Self::TimedOut(timed_out) => Some(timed_out),
            Self::RedirectLoop(error) | Self::Connection(error) => Some(error),
        }
    }
}

/// Returns the innermost error, which has the most details, for example `Connection refused`.
fn root_cause<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(source) = error.source() {
        error = source;
    }
    error
}
