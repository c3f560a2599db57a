//! One connection: each request and each answer is a line.

use std::io;

use rejoin::{future::Cancelled, gather};
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, split,
};

use crate::serve::{Service, count};
use crate::store::Refused;

/// The maximum length of a line, in bytes.
pub(crate) const LONGEST: usize = 1024;

/// The end of a connection.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    /// The client closed it.
    Left,
    /// The service said goodbye and closed it.
    Goodbye,
}

/// Answers requests until the client leaves. When the group is ending, it answers the requests that have arrived and says goodbye.
///
/// # Errors
///
/// Returns an error if the connection fails, a line is too long or not text, or the client does not read its answer in time.
pub(crate) async fn talk<S>(stream: S, service: &Service, cancelled: &Cancelled) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite,
{
    let (input, mut output) = split(stream);
    let mut input = BufReader::new(input).take(0);
    let mut line = String::new();
    loop {
        line.clear();
        input.set_limit(LONGEST as u64);
        // A line that has arrived is handled first, because `until` comes after the branch.
        let read = gather!(input.read_line(&mut line), until = cancelled.clone());
        let Ok(read) = read.await else {
            answer(&mut output, service, "BYE").await?;
            return Ok(End::Goodbye);
        };
        read?;
        let Some(request) = line.strip_suffix('\n') else {
            if input.limit() > 0 {
                return Ok(End::Left);
            }
            answer(&mut output, service, "ERR the line is too long").await?;
            return Err(io::Error::other("a line was too long"));
        };
        count(&service.counts.requests);
        let said = gather!(
            service.store.answer(request),
            timeout = service.timeout,
            error = Refused
        );
        let said = match said.await {
            Ok((None,)) => "OK".to_owned(),
            Ok((Some(value),)) => format!("OK {value}"),
            Err(reason) => format!("ERR {reason}"),
        };
        answer(&mut output, service, &said).await?;
    }
}

/// Writes a line. Fails if the client takes too long to read it.
async fn answer(
    output: &mut (impl AsyncWrite + Unpin),
    service: &Service,
    text: &str,
) -> io::Result<()> {
    let line = format!("{text}\n");
    let write = output.write_all(line.as_bytes());
    gather!(write, timeout = service.timeout, error = io::Error).await?;
    Ok(())
}
