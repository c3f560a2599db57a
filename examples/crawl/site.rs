//! The embedded site: a tree of generated pages, with links to some addresses that fail.
//!
//! Page `n` links to its four children, to its parent and to itself. One page in six also links to an address that fails.

use std::fmt::Write;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{Html, Redirect};
use axum::routing::get;
use futures::stream;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

const PAGES: usize = 150;
const CHILDREN: usize = 4;

/// The running site.
#[derive(Debug)]
pub(crate) struct Site {
    url: Url,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<()>>,
}

impl Site {
    /// Starts the site on a free port of this machine.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let server = axum::serve(listener, routes()).with_graceful_shutdown(async {
            // Dropping the sender stops the site, too.
            let _ = stopped.await;
        });
        Ok(Self {
            url: url.parse().expect("an address and port make a URL"),
            stop,
            server: tokio::spawn(server.into_future()),
        })
    }

    /// Returns the address of the start page.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Stops the site and waits until its last connection is closed.
    ///
    /// # Errors
    ///
    /// Returns an error if the server has failed.
    pub(crate) async fn stop(self) -> io::Result<()> {
        drop(self.stop);
        self.server.await?
    }
}

fn routes() -> Router {
    Router::new()
        .route("/", get(|| page(Path(0))))
        .route("/page/{n}", get(page))
        .route("/broken/{n}", get(StatusCode::INTERNAL_SERVER_ERROR))
        .route("/cut/{n}", get(cut))
        .route("/loop/{n}", get(redirect))
        .route("/stuck/{n}", get(stuck))
}

/// Returns an ordinary page after 20 to 149 milliseconds.
async fn page(Path(n): Path<usize>) -> Html<String> {
    sleep(Duration::from_millis(20 + (n as u64 * 37) % 130)).await;

    let mut html = format!("<!doctype html><title>Page {n}</title>\n<h1>Page {n}</h1>\n");
    for link in links(n) {
        writeln!(html, "<p><a href=\"{link}\">{link}</a></p>").expect("a String takes it all");
    }
    Html(html)
}

/// Returns the links of page `n`.
fn links(n: usize) -> Vec<String> {
    let first_child = n * CHILDREN + 1;
    let children = first_child..(first_child + CHILDREN).min(PAGES);
    let parent = n.saturating_sub(1) / CHILDREN;

    let mut links = vec![page_link(n), page_link(parent), "#top".to_owned()];
    links.extend(children.map(page_link));
    links.extend(trouble(n).map(|kind| format!("/{kind}/{n}")));
    links
}

fn page_link(n: usize) -> String {
    if n == 0 {
        "/".to_owned()
    } else {
        format!("/page/{n}")
    }
}

/// Returns the failing address that page `n` links to, if any.
fn trouble(n: usize) -> Option<&'static str> {
    match n % 30 {
        5 => Some("missing"),
        10 => Some("broken"),
        15 => Some("cut"),
        20 => Some("loop"),
        25 => Some("stuck"),
        _ => None,
    }
}

/// Sends half a page and closes the connection.
async fn cut() -> Html<Body> {
    let broken_off = Err(io::Error::from(io::ErrorKind::ConnectionAborted));
    Html(Body::from_stream(stream::iter([
        Ok("<!doctype html>"),
        broken_off,
    ])))
}

/// Redirects to the other of two pages, which redirects back.
async fn redirect(Path(n): Path<usize>) -> Redirect {
    Redirect::temporary(&format!("/loop/{}", n ^ 1))
}

/// Answers after a time that is longer than any time limit.
async fn stuck() {
    sleep(Duration::from_secs(60)).await;
}
