//! The API: it answers each call after the time that its part takes.

use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use rejoin::{Task, spawn};
use tokio::net::TcpListener;
use tokio::time::sleep;

/// A part of a page.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    time: Duration,
    /// The part with the answer that the call for this part needs.
    needs: Option<&'static str>,
}

const fn part(name: &'static str, milliseconds: u64, needs: Option<&'static str>) -> Part {
    Part {
        name,
        time: Duration::from_millis(milliseconds),
        needs,
    }
}

pub(crate) const PARTS: [Part; 8] = [
    part("user", 60, None),
    part("posts", 90, Some("user")),
    part("friends", 50, Some("user")),
    part("photo", 40, Some("user")),
    part("comments", 70, Some("posts")),
    part("feed", 140, Some("friends")),
    part("ads", 80, None),
    part("trends", 100, None),
];

fn find(name: &str) -> Option<Part> {
    PARTS.into_iter().find(|part| part.name == name)
}

/// The running API. Dropping it stops it.
pub(crate) struct Api {
    url: String,
    _server: Task<io::Result<()>>,
}

impl Api {
    /// Starts it on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let router = Router::new().route("/{part}/{of}", get(answer));
        let server = axum::serve(listener, router).into_future();
        Ok(Self {
            url,
            _server: spawn(server),
        })
    }

    /// Returns the address of the API.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Answers a call after the time that its part takes.
async fn answer(Path((name, of)): Path<(String, String)>) -> Result<String, StatusCode> {
    let part = find(&name).ok_or(StatusCode::NOT_FOUND)?;
    sleep(part.time).await;
    Ok(format!("{name} of {of}"))
}

/// Returns the longest chain of parts that need each other, and the time that it takes.
pub(crate) fn critical_path() -> (Vec<&'static str>, Duration) {
    let paths = PARTS.into_iter().map(|last| {
        let (mut names, mut time, mut part) = (Vec::new(), Duration::ZERO, Some(last));
        while let Some(Part {
            name,
            time: own,
            needs,
        }) = part
        {
            names.insert(0, name);
            time += own;
            part = needs.and_then(find);
        }
        (names, time)
    });
    paths.max_by_key(|&(_, time)| time).unwrap_or_default()
}
