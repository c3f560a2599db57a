//! The service itself: one group, whose children are the connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rejoin::{Failing, Failures, GroupHandle, as_completed, catch, gather, task_group};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::args::Args;
use crate::connection::{End, talk};
use crate::store::Store;

/// What the connections share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) counts: Counts,
    /// How long one request may take.
    pub(crate) timeout: Duration,
}

impl Service {
    pub(crate) fn new(args: &Args) -> Arc<Self> {
        Arc::new(Self {
            store: Store::default(),
            counts: Counts::default(),
            timeout: args.timeout,
        })
    }
}

/// Serves what `accept` gives, until `shutdown`; returns when no connection is left.
///
/// `accept` is dropped as soon as there is a reason to end.
///
/// # Errors
///
/// If `accept` or `shutdown` fails. Errors and panics of single connections are counted and printed on stderr.
pub(crate) async fn serve<S>(
    service: &Arc<Service>,
    mut accept: impl AsyncFnMut() -> io::Result<S>,
    shutdown: impl Future<Output = io::Result<()>>,
    args: &Args,
) -> Result<(), Failures<io::Error>>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    task_group!(<io::Error, limit = args.limit, grace = args.grace> move |tg| {
        tg.spawn_daemon(report(Arc::clone(service), tg.handle(), args.report));
        let accepting = async {
            loop {
                // Clients beyond the limit wait to be accepted: there they cost nothing.
                tg.ready().await;
                let stream = match accept().await {
                    // The client left before it was its turn.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                    accepted => accepted?,
                };
                tg.spawn(connection(stream, Arc::clone(service), tg.handle()));
            }
        };
        as_completed! {
            stopped = shutdown => {
                stopped?;
                break;
            }
            failed = accepting => return failed,
        }
        println!("shutting down");
        // From here on the connections are told. Without it the group would wait until all clients have left.
        tg.stop(());
        Ok(())
    })
    .await
}

/// Serves one client. Neither its errors nor its panics end the group, which would end all other connections too.
async fn connection<S>(stream: S, service: Arc<Service>, group: GroupHandle<(), Failing<io::Error>>)
where
    S: AsyncRead + AsyncWrite,
{
    let counts = &service.counts;
    count(&counts.connections);
    match catch(talk(stream, &service, &group)).await {
        Ok(Ok(End::Left)) => count(&counts.left),
        Ok(Ok(End::Goodbye)) => count(&counts.goodbyes),
        Ok(Err(error)) => {
            count(&counts.failed);
            eprintln!("a connection failed: {error}");
        }
        Err(panicked) => {
            count(&counts.failed);
            eprintln!("a connection {panicked}");
        }
    }
}

/// Prints the counts now and then. As there is a `grace`, it has to listen for the end itself.
async fn report(
    service: Arc<Service>,
    group: GroupHandle<(), Failing<io::Error>>,
    interval: Duration,
) {
    while gather!(group.cancelled(), timeout = interval)
        .await
        .is_err()
    {
        println!("{}", service.counts);
    }
}

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicUsize,
    pub(crate) requests: AtomicUsize,
    /// Connections that the client closed.
    pub(crate) left: AtomicUsize,
    /// Connections that were told goodbye.
    pub(crate) goodbyes: AtomicUsize,
    /// Connections that broke, or whose handler panicked.
    pub(crate) failed: AtomicUsize,
}

/// Counts one more.
pub(crate) fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Relaxed);
}

/// In one line; with `{:#}` the summary when all is over.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = [&self.left, &self.goodbyes, &self.failed].map(|end| end.load(Relaxed));
        let [left, goodbyes, failed] = ends;
        let requests = self.requests.load(Relaxed);
        let connections = self.connections.load(Relaxed);
        // When all is over, these are the ones that were cut at the end of the grace.
        let open = connections.saturating_sub(ends.iter().sum());
        if !f.alternate() {
            return write!(
                f,
                "{open} of {connections} connections open, {requests} requests"
            );
        }
        writeln!(f, "connections  {connections:>6}")?;
        writeln!(f, "  left       {left:>6}")?;
        writeln!(f, "  goodbye    {goodbyes:>6}")?;
        writeln!(f, "  failed     {failed:>6}")?;
        writeln!(f, "  cut        {open:>6}")?;
        writeln!(f, "requests     {requests:>6}")
    }
}
