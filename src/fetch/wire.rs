//! What comes over the wire, counted on the socket itself, below TLS and HTTP.
//!
//! What is read above is bounded there (a body, headers, trailers), but much can come that is never
//! part of any of these: informational answers, extensions of chunks, members of a gzip that hold
//! nothing, records and tickets of TLS. So the bytes themselves are counted, over all hops of a poll.
//! Rejected: counting above TLS, where an endless row of empty records would count as zero bytes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::failure::size_words;
use crate::document::failure::{Cause, Failure};

/// What may come over the wire beyond the largest body: handshakes, headers, what a coding adds.
const EXTRA: u64 = 256 << 10;
/// Most informational answers (1xx) before those that count.
const INFORMATIONAL: u64 = 10;

/// A connection to read from and write to, whatever it goes through.
pub(super) type Wire = Box<dyn Duplex + Send>;

/// A stream that can be read from and written to.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Duplex for T {}

/// How many bytes one poll has received, and how many it may receive.
#[derive(Debug)]
pub(super) struct Meter {
    most: u64,
    came: AtomicU64,
    informational: AtomicU64,
}

impl Meter {
    /// A meter for a poll that reads bodies of at most `max_body` bytes.
    pub(super) fn new(max_body: u64) -> Self {
        Self {
            most: max_body.saturating_add(EXTRA),
            came: AtomicU64::new(0),
            informational: AtomicU64::new(0),
        }
    }

    /// Counts an informational answer.
    pub(super) fn inform(&self) {
        self.informational.fetch_add(1, Ordering::Relaxed);
    }

    /// The failure if a limit was exceeded. Whoever gets an error of a connection asks here first,
    /// because a read that was ended here shows as an error of another kind further up.
    pub(super) fn excess(&self) -> Option<Failure> {
        let detail = if self.came.load(Ordering::Relaxed) > self.most {
            let most = size_words(self.most);
            format!("more than {most} came over the wire (max_body and 256 KiB)")
        } else if self.informational.load(Ordering::Relaxed) > INFORMATIONAL {
            format!("more than {INFORMATIONAL} informational answers (1xx) came before the answer")
        } else {
            return None;
        };
        Some(Failure::new(Cause::TooLarge, &detail))
    }

    fn check(&self) -> io::Result<()> {
        match self.excess() {
            Some(_) => Err(io::ErrorKind::FileTooLarge.into()),
            None => Ok(()),
        }
    }
}

/// A socket that counts the bytes read from it.
pub(super) struct MeteredSocket {
    socket: TcpStream,
    meter: Arc<Meter>,
}

impl MeteredSocket {
    pub(super) fn new(socket: TcpStream, meter: &Arc<Meter>) -> Self {
        let meter = Arc::clone(meter);
        Self { socket, meter }
    }
}

impl AsyncRead for MeteredSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.meter.check()?;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
        let came = buffer.filled().len().saturating_sub(before);
        let came = u64::try_from(came).unwrap_or(u64::MAX);
        self.meter.came.fetch_add(came, Ordering::Relaxed);
        Poll::Ready(self.meter.check())
    }
}

impl AsyncWrite for MeteredSocket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    // TLS writes several records at once: as one packet, not as one each.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_too_much_of_is_said_with_its_number() {
        let meter = Meter::new(1 << 20);
        meter.came.store(1280 << 10, Ordering::Relaxed);
        (0..10).for_each(|_| meter.inform());
        assert_eq!(meter.excess(), None);
        meter.inform();
        assert_eq!(
            meter.excess().unwrap().detail,
            "more than 10 informational answers (1xx) came before the answer"
        );
        meter.came.fetch_add(1, Ordering::Relaxed);
        assert_eq!(
            meter.excess().unwrap().detail,
            "more than 1280 KiB came over the wire (max_body and 256 KiB)"
        );
    }
}
