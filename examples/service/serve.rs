//! The service: one group with a child for each connection.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use rejoin::{Failures, Stopped, catch, future::Cancelled, task_group};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::sleep;

use crate::args::Args;
use crate::connection::{End, talk};
use crate::store::Store;

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) store: Store,
    pub(crate) counts: Counts,
    /// The time limit of a request.
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

/// Serves the connections of `accept` until `shutdown` completes, and returns when all connections have ended.
///
/// `accept` is dropped as soon as the group is ending.
///
/// # Errors
///
/// Returns an error if `accept` or `shutdown` fails. Errors and panics of single connections are counted and printed on stderr.
pub(crate) async fn serve<S>(
    service: &Arc<Service>,
    mut accept: impl AsyncFnMut() -> io::Result<S>,
    shutdown: impl Future<Output = io::Result<()>>,
    args: &Args,
) -> Result<(), Failures<io::Error>>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stopped = Ok(());
    let shutdown = async {
        stopped = shutdown.await;
        println!("shutting down");
    };
    let served = task_group!(<io::Error> move |tg| {
        if let Some(file) = &args.save {
            // It begins after the last connection has ended, so it saves every request that was answered.
            tg.defer(async move {
                if let Err(error) = service.store.save(file).await {
                    eprintln!("the store was not saved: {error}");
                }
            });
        }
        tg.spawn_daemon_scoped(report(service, args.report));
        loop {
            // Clients beyond the limit wait in the operating system, where they cost no memory of this process.
            tg.ready().await;
            let stream = match accept().await {
                // The client left before it was accepted.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                accepted => accepted?,
            };
            tg.spawn(connection(stream, Arc::clone(service), tg.cancelled()));
        }
    }, until = shutdown, limit = args.limit, grace = args.grace)
    .await;
    match served {
        Ok(failed) => failed,
        Err(Stopped) => {
            stopped?;
            Ok(())
        }
    }
}

/// Serves one client. Its errors and panics do not end the group, because that would end all other connections.
async fn connection<S>(stream: S, service: Arc<Service>, cancelled: Cancelled)
where
    S: AsyncRead + AsyncWrite,
{
    let counts = &service.counts;
    count(&counts.connections);
    match catch(talk(stream, &service, &cancelled)).await {
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

/// Prints the counts at each interval.
async fn report(service: &Service, interval: Duration) {
    loop {
        sleep(interval).await;
        println!("{}", service.counts);
    }
}

/// The counts of the service.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) connections: AtomicUsize,
    pub(crate) requests: AtomicUsize,
    /// Connections that the client closed.
    pub(crate) left: AtomicUsize,
    /// Connections that the service closed with a goodbye.
    pub(crate) goodbyes: AtomicUsize,
    /// Connections that failed, or had a handler that panicked.
    pub(crate) failed: AtomicUsize,
}

/// Adds one to a count.
pub(crate) fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Relaxed);
}

/// Prints the counts in one line, or with `{:#}` as the summary at the end.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = [&self.left, &self.goodbyes, &self.failed].map(|end| end.load(Relaxed));
        let [left, goodbyes, failed] = ends;
        let requests = self.requests.load(Relaxed);
        let connections = self.connections.load(Relaxed);
        // At the end of the program these connections were aborted after the grace.
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
