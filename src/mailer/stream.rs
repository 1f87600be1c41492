//! The socket of a session that begins in plain text.
//!
//! What is read ahead of the handshake of STARTTLS must never be read after it: whoever sits between
//! could put answers there. So this socket hands out one line at a time, and nothing above it can hold
//! a byte of what comes after. What came too early is found when the handshake begins, and ends the
//! session; what comes later is read by the handshake itself, which it spoils.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The first byte of a handshake (RFC 8446 section 5.1); no command begins with it.
const HANDSHAKE: u8 = 22;
/// Longest line of a reply, in bytes. RFC 5321 section 4.5.3.1.5 has 512.
const LINE: usize = 2_000;

/// Something was sent before the handshake that must not be believed after it.
#[derive(Debug, thiserror::Error)]
#[error("answers came before the TLS handshake")]
pub(super) struct TooEarly;

/// A line of a reply is longer than `LINE` bytes.
#[derive(Debug, thiserror::Error)]
#[error("a line of a reply is longer than {LINE} bytes")]
pub(super) struct Endless;

/// A TCP connection that is read line by line.
#[derive(Debug)]
pub(super) struct LineStream {
    stream: TcpStream,
    /// Bytes of the line at hand.
    line: usize,
    is_secret: bool,
}

impl LineStream {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            line: 0,
            is_secret: false,
        }
    }
}

impl AsyncTokioStream for LineStream {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for LineStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_secret {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let mut peeked = [0; 512];
        let most = peeked.len().min(buffer.remaining());
        let room = peeked.get_mut(..most).unwrap_or_default();
        let length = ready!(self.stream.poll_peek(context, &mut ReadBuf::new(room)))?;
        let seen = room.get(..length).unwrap_or_default();
        let end = seen.iter().position(|byte| *byte == b'\n');
        let take = end.map_or(seen.len(), |end| end + 1);
        self.line = if end.is_some() { 0 } else { self.line + take };
        if self.line > LINE {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, Endless)));
        }
        let mut taken = ReadBuf::new(room.get_mut(..take).unwrap_or_default());
        // These bytes were peeked before, so they can be read.
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut taken))?;
        buffer.put_slice(taken.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if !self.is_secret && bytes.first() == Some(&HANDSHAKE) {
            let mut one = [0];
            let early = self.stream.poll_peek(context, &mut ReadBuf::new(&mut one));
            if matches!(early, Poll::Ready(Ok(1..))) {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, TooEarly)));
            }
            self.is_secret = true;
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
