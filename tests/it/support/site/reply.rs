//! What a scripted answer is, and how it goes on the wire.

use std::io::Write as _;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::SeenRequest;

/// What an endless body consists of, if nothing else is said.
const BLANK: &[u8] = &[b' '; 1 << 14];

/// What an answer does besides being sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trick {
    None,
    /// Nothing is sent until the client goes.
    StallBeforeHeaders,
    /// The headers and half the body are sent, then nothing until the client goes.
    StallInBody,
    /// A chunked body without an end (bounded at 1 GiB).
    Endless,
    /// The connection is closed instead of an answer.
    HangUp,
    /// The headers and half the body are sent, then the connection is closed.
    CutInBody,
    /// Chunks whose sizes are no numbers.
    BrokenChunks,
    /// The headers of a chunked answer, then the body as it stands, for ever (bounded at 1 GiB).
    Flood,
}

/// One scripted answer. Status 200, `application/json`, a correct length, unless said otherwise.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    etag: Option<String>,
    last_modified: Option<String>,
    length: Option<u64>,
    informational: usize,
    trick: Trick,
}

impl Reply {
    /// 200 with this body as `application/json`.
    pub(crate) fn json(body: &str) -> Self {
        Self::of("application/json", body.as_bytes())
    }

    /// 200 with this body as this media type.
    pub(crate) fn of(media_type: &str, body: &[u8]) -> Self {
        let mut reply = Self::status(200).header("content-type", media_type);
        body.clone_into(&mut reply.body);
        reply
    }

    /// This status, no body, no media type.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            etag: None,
            last_modified: None,
            length: None,
            informational: 0,
            trick: Trick::None,
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A redirect to `location` (a full URL or a relative reference), sent as it stands.
    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("location", location)
    }

    /// A gzip body of a few KiB that becomes this many MiB of white space.
    pub(crate) fn bomb(mebibytes: usize) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b' '; 1 << 20];
        for _ in 0..mebibytes {
            encoder.write_all(&block).unwrap();
        }
        Self::of("application/json", &encoder.finish().unwrap()).header("content-encoding", "gzip")
    }

    /// Sets a header; one of the same name is replaced.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends this `ETag`, quotes included, and answers 304 to an `If-None-Match` that holds it.
    pub(crate) fn etag(mut self, tag: &str) -> Self {
        self.etag = Some(tag.to_owned());
        self
    }

    /// Sends `Last-Modified`, and answers 304 to an equal `If-Modified-Since`.
    pub(crate) fn last_modified(mut self, date: &str) -> Self {
        self.last_modified = Some(date.to_owned());
        self
    }

    /// Compresses the body.
    pub(crate) fn gzip(mut self) -> Self {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&self.body).unwrap();
        self.body = encoder.finish().unwrap();
        self.header("content-encoding", "gzip")
    }

    /// Announces this length, whatever the body has, and closes after the body.
    pub(crate) fn content_length(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// Says nothing at all until the client goes.
    pub(crate) fn stall_before_headers(self) -> Self {
        self.with(Trick::StallBeforeHeaders)
    }

    /// Sends half the body, then nothing until the client goes.
    pub(crate) fn stall_in_body(self) -> Self {
        self.with(Trick::StallInBody)
    }

    /// Repeats the body (or a block of spaces) for ever.
    pub(crate) fn endless(self) -> Self {
        self.with(Trick::Endless)
    }

    /// Closes the connection instead of answering.
    pub(crate) fn hang_up(self) -> Self {
        self.with(Trick::HangUp)
    }

    /// Sends half the body, then closes the connection.
    pub(crate) fn cut_in_body(self) -> Self {
        self.with(Trick::CutInBody)
    }

    /// Sends chunks that are not well formed.
    pub(crate) fn broken_chunks(self) -> Self {
        self.with(Trick::BrokenChunks)
    }

    /// Sends the headers of a chunked answer, and then these bytes for ever, chunks or not.
    pub(crate) fn flood(mut self, bytes: &[u8]) -> Self {
        bytes.clone_into(&mut self.body);
        self.with(Trick::Flood)
    }

    /// Sends so many informational answers first.
    pub(crate) fn informational(mut self, count: usize) -> Self {
        self.informational = count;
        self
    }

    fn with(mut self, trick: Trick) -> Self {
        self.trick = trick;
        self
    }
}

/// Sends one answer; `None` when the connection is to be closed.
pub(super) async fn answer(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    reply: &Reply,
    seen: &SeenRequest,
) -> Option<()> {
    let holds = |name: &str, mine: &Option<String>| {
        mine.is_some()
            && seen
                .header(name)
                .is_some_and(|sent| Some(sent) == mine.as_deref())
    };
    let unmodified = reply.status == 200
        && (holds("if-none-match", &reply.etag)
            || holds("if-modified-since", &reply.last_modified));
    let status = if unmodified { 304 } else { reply.status };
    let body = if unmodified {
        &[]
    } else {
        reply.body.as_slice()
    };
    let chunked = matches!(
        reply.trick,
        Trick::Endless | Trick::BrokenChunks | Trick::Flood
    );
    inform(stream, reply.informational).await?;

    let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
    let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
    for (name, value) in &reply.headers {
        line(name, value);
    }
    reply.etag.iter().for_each(|etag| line("etag", etag));
    let modified = reply.last_modified.iter();
    modified.for_each(|date| line("last-modified", date));
    if chunked {
        line("transfer-encoding", "chunked");
    } else if !matches!(status, 204 | 304) {
        let length = reply.length.unwrap_or(body.len() as u64);
        line("content-length", &length.to_string());
    }
    head.push_str("\r\n");

    let half = body.len() / 2;
    match reply.trick {
        Trick::HangUp => return None,
        Trick::StallBeforeHeaders => {
            until_gone(stream).await;
            return None;
        }
        Trick::None => {
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(body).await.ok()?;
        }
        Trick::StallInBody | Trick::CutInBody => {
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(&body[..half]).await.ok()?;
            stream.flush().await.ok()?;
            if reply.trick == Trick::StallInBody {
                until_gone(stream).await;
            }
            return None;
        }
        Trick::BrokenChunks => {
            stream.write_all(head.as_bytes()).await.ok()?;
            stream.write_all(b"xyzzy\r\n{}\r\n0\r\n\r\n").await.ok()?;
            stream.flush().await.ok()?;
            return None;
        }
        Trick::Flood => {
            stream.write_all(head.as_bytes()).await.ok()?;
            return without_end(stream, body).await;
        }
        Trick::Endless => {
            stream.write_all(head.as_bytes()).await.ok()?;
            let block = if body.is_empty() { BLANK } else { body };
            let size = format!("{:x}\r\n", block.len());
            let chunk = [size.as_bytes(), block, b"\r\n"].concat();
            return without_end(stream, &chunk).await;
        }
    }
    stream.flush().await.ok()?;
    reply.length.is_none().then_some(())
}

/// Sends so many informational answers.
async fn inform(stream: &mut (impl AsyncWrite + Unpin), count: usize) -> Option<()> {
    for _ in 0..count {
        let hint = stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n");
        hint.await.ok()?;
    }
    Some(())
}

/// Sends this again and again until the client goes (bounded at 1 GiB).
async fn without_end(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Option<()> {
    let block = bytes.repeat((1 << 14) / bytes.len() + 1);
    for _ in 0..1 << 15 {
        stream.write_all(&block).await.ok()?;
    }
    None
}

/// Waits until the client closes the connection.
async fn until_gone(stream: &mut (impl AsyncRead + Unpin)) {
    let mut ignored = [0; 64];
    while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
}
