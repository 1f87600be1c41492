//! One request and its answer over a connection that serves for nothing else.
//!
//! The connection is driven by whoever waits for it, and is no task of its own: when a poll is over
//! or too late, nothing of it is left. Not by `reqwest`, which the bench measures against: it lets
//! nobody count what comes over the wire or hear of informational answers, needs a client for each hop so that
//! its resolver knows how far it may reach, and hides what a proxy answered.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use hyper::HeaderMap;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;

use super::failure::{MAX_HEADERS, of_body};
use super::wire::{Meter, Wire};
use crate::document::failure::Failure;

/// Most that is read ahead of whoever reads the body; a head must fit. What is read ahead twice, here and on its
/// way to the reader, is less than what may come beyond the largest body: a body that is too large is
/// told as that, however fast it comes.
const READ_AHEAD: usize = 64 << 10;

/// A request: nothing that is sent here has a body.
pub(super) type HttpRequest = hyper::Request<String>;

/// What came of an answer so far: its head. The rest is read from the connection.
pub(super) struct HttpResponse {
    head: hyper::http::response::Parts,
    body: Incoming,
    sender: SendRequest<String>,
    link: Link,
    meter: Arc<Meter>,
}

/// Sends a request, and waits for the head of the answer.
pub(super) async fn send(
    wire: Wire,
    mut request: HttpRequest,
    meter: &Arc<Meter>,
) -> Result<HttpResponse, hyper::Error> {
    let informed = Arc::clone(meter);
    hyper::ext::on_informational(&mut request, move |_| informed.inform());
    let mut builder = Builder::new();
    builder.max_headers(MAX_HEADERS);
    builder.max_buf_size(READ_AHEAD);
    let (mut sender, connection) = builder.handshake(TokioIo::new(wire)).await?;
    let mut link = Link {
        connection: Some(connection),
        is_over: false,
    };
    let sent = sender.send_request(request);
    let (head, body) = link.drive(sent).await?.into_parts();
    Ok(HttpResponse {
        head,
        body,
        sender,
        link,
        meter: Arc::clone(meter),
    })
}

impl HttpResponse {
    pub(super) fn status(&self) -> u16 {
        self.head.status.as_u16()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The length of the body in bytes, if the headers announce it.
    pub(super) fn announced(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next bytes of the body; nothing at its end.
    pub(super) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            let body = &mut self.body;
            let frame = poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
            match self.link.drive(frame).await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    // Trailers are ignored.
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(error)) => {
                    let excess = self.meter.excess();
                    return Err(excess.unwrap_or_else(|| of_body(&error)));
                }
            }
        }
    }

    /// Closes the connection, as far as that can be done without waiting.
    pub(super) async fn close(self) {
        let Self {
            body,
            sender,
            mut link,
            ..
        } = self;
        drop((body, sender));
        poll_fn(|context| Poll::Ready(link.poll(context))).await;
    }

    /// The connection itself, after an answer that hands it over (2xx to CONNECT).
    pub(super) async fn into_wire(mut self) -> Option<Wire> {
        poll_fn(|context| {
            if self.link.poll(context) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        // What a proxy sent behind its answer is dropped: a site does not speak before it is asked.
        let parts = self.link.connection?.into_parts();
        Some(parts.io.into_inner())
    }
}

/// A connection, until it has nothing to do any more.
struct Link {
    connection: Option<Connection<TokioIo<Wire>, String>>,
    is_over: bool,
}

impl Link {
    /// Drives the connection and returns whether it has ended. Its error reaches whoever waits for an
    /// answer or a body.
    fn poll(&mut self, context: &mut std::task::Context<'_>) -> bool {
        let connection = self.connection.as_mut().filter(|_| !self.is_over);
        if let Some(connection) = connection {
            self.is_over = Pin::new(connection).poll(context).is_ready();
        }
        self.is_over
    }

    /// Drives the connection while the caller waits for something that depends on it.
    async fn drive<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|context| {
            let is_over = self.poll(context);
            let polled = work.as_mut().poll(context);
            if polled.is_ready() || !is_over {
                return polled;
            }
            // What is still waited for will not come: that shows when the connection is dropped.
            self.connection = None;
            work.as_mut().poll(context)
        })
        .await
    }
}
