//! The client of the API, which records its calls.

use std::sync::{Mutex, PoisonError};

use reqwest::Url;
use tokio::time::Instant;

pub(crate) type Result<T> = std::result::Result<T, reqwest::Error>;

/// A client of the API.
pub(crate) struct Client {
    http: reqwest::Client,
    url: Url,
    calls: Mutex<Vec<Call>>,
}

/// A call that was answered.
pub(crate) struct Call {
    pub(crate) part: &'static str,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

impl Client {
    /// Creates a client of the API at `url`.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no HTTP client.
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self {
            // A proxy could not reach the API.
            http: reqwest::Client::builder().no_proxy().build()?,
            url: url.parse().expect("an address and a port make a URL"),
            calls: Mutex::default(),
        })
    }

    /// Fetches a part of the page that needs the answer `of`.
    ///
    /// # Errors
    ///
    /// Returns an error if the API cannot be reached or does not know the part.
    pub(crate) async fn get(&self, part: &'static str, of: &str) -> Result<String> {
        let start = Instant::now();
        let mut url = self.url.clone();
        url.set_path(&format!("{part}/{of}"));
        let response = self.http.get(url).send().await?.error_for_status()?;
        let text = response.text().await?;
        let end = Instant::now();
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push(Call { part, start, end });
        Ok(text)
    }

    /// Returns the calls since the last time, in the order in which they ended.
    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
