//! A small HTTP server for this machine: one request a connection, and a bound for everything.
//!
//! A connection has `DEADLINE` for all of it, so that one that says nothing, or takes nothing, goes on its
//! own; beyond `CONNECTIONS` others wait in the kernel. There is no keep-alive: who scrapes four times a
//! minute gains nothing by it, and what is idle need not be counted.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use super::page::PageFormat;

/// How long one connection may take altogether.
const DEADLINE: Duration = Duration::from_secs(15);
/// How many connections are served at once.
const CONNECTIONS: usize = 16;
/// Most bytes of a request line and its headers together, and most headers.
const MAX_HEAD: usize = 16 << 10;
const MAX_HEADERS: usize = 64;
/// How long to wait after accepting a connection failed: the process may have no descriptor left.
const PAUSE: Duration = Duration::from_secs(1);

const PLAIN: &str = "text/plain; charset=utf-8";

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Whether the daemon is well.
    Health,
    /// The page of metrics.
    Metrics(PageFormat),
}

/// What is answered to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointAnswer {
    /// All is well.
    Well,
    /// The daemon is not well, or the page cannot be made, for this reason.
    Trouble(String),
    /// The page.
    Page(PageFormat, String),
}

/// A server that runs until it is dropped.
#[derive(Debug)]
pub struct MetricsServer(JoinHandle<()>);

impl MetricsServer {
    /// Starts to answer the connections of `listener`.
    pub fn start<A, F>(listener: TcpListener, answer: A) -> Self
    where
        A: Fn(Endpoint) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = EndpointAnswer> + Send + 'static,
    {
        Self(tokio::spawn(serve(listener, answer)))
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve<A, F>(listener: TcpListener, answer: A)
where
    A: Fn(Endpoint) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = EndpointAnswer> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // The connections end with this task.
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        while connections.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, _)) => {
                let answer = answer.clone();
                connections.spawn(async move {
                    let _place = place;
                    connection(stream, answer).await;
                });
            }
            Err(error) => {
                tracing::debug!("nobody can be let in to [metrics]: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn connection<A, F>(stream: TcpStream, answer: A)
where
    A: Fn(Endpoint) -> F,
    F: Future<Output = EndpointAnswer>,
{
    let service = service_fn(|request: Request<Incoming>| {
        let endpoint = endpoint(&request);
        let answer = &answer;
        async move {
            let response = match endpoint {
                Ok(endpoint) => response(answer(endpoint).await),
                Err(refusal) => refused(refusal),
            };
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = http1::Builder::new();
    http.keep_alive(false)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS);
    let served = http.serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(DEADLINE, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!("a connection to [metrics] broke: {error}"),
        Err(_elapsed) => tracing::debug!("a connection to [metrics] took too long"),
    }
}

/// Why a request is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// No page has this path.
    NotFound,
    /// The method is neither GET nor HEAD: nothing can be changed over this server.
    MethodNotAllowed,
}

/// What a request asks for, or why it is refused.
fn endpoint<B>(request: &Request<B>) -> Result<Endpoint, Refusal> {
    let is_health = match request.uri().path() {
        "/healthz" => true,
        "/metrics" => false,
        _ => return Err(Refusal::NotFound),
    };
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(Refusal::MethodNotAllowed);
    }
    if is_health {
        return Ok(Endpoint::Health);
    }
    let values = request.headers().get_all(ACCEPT).iter();
    let mut accepted = values.filter_map(|value| value.to_str().ok());
    let is_read = accepted.any(|value| value.contains("application/openmetrics-text"));
    Ok(Endpoint::Metrics(if is_read {
        PageFormat::OpenMetrics
    } else {
        PageFormat::Text
    }))
}

fn refused(refusal: Refusal) -> Response<String> {
    match refusal {
        Refusal::NotFound => said(StatusCode::NOT_FOUND, PLAIN, "not found\n".to_owned()),
        Refusal::MethodNotAllowed => {
            let text = "only GET is answered\n".to_owned();
            let mut refused = said(StatusCode::METHOD_NOT_ALLOWED, PLAIN, text);
            let allowed = HeaderValue::from_static("GET, HEAD");
            refused.headers_mut().insert(ALLOW, allowed);
            refused
        }
    }
}

fn response(answer: EndpointAnswer) -> Response<String> {
    match answer {
        EndpointAnswer::Well => said(StatusCode::OK, PLAIN, "ok\n".to_owned()),
        EndpointAnswer::Trouble(why) => {
            said(StatusCode::SERVICE_UNAVAILABLE, PLAIN, format!("{why}\n"))
        }
        EndpointAnswer::Page(form, page) => said(StatusCode::OK, form.content_type(), page),
    }
}

fn said(status: StatusCode, content_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str, accept: &str) -> Request<()> {
        let request = Request::builder().method(method).uri(path);
        request.header(ACCEPT, accept).body(()).unwrap()
    }

    #[test]
    fn two_addresses_are_answered_to_get_and_head_and_nothing_else() {
        let of_prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3";
        for (method, path, accept, expected) in [
            ("GET", "/healthz", "*/*", Ok(Endpoint::Health)),
            ("HEAD", "/healthz?x", "*/*", Ok(Endpoint::Health)),
            (
                "GET",
                "/metrics",
                "*/*",
                Ok(Endpoint::Metrics(PageFormat::Text)),
            ),
            (
                "GET",
                "/metrics",
                of_prometheus,
                Ok(Endpoint::Metrics(PageFormat::OpenMetrics)),
            ),
            ("POST", "/metrics", "*/*", Err(Refusal::MethodNotAllowed)),
            ("TRACE", "/healthz", "*/*", Err(Refusal::MethodNotAllowed)),
            ("GET", "/", "*/*", Err(Refusal::NotFound)),
            ("GET", "/metrics/", "*/*", Err(Refusal::NotFound)),
            ("GET", "//healthz", "*/*", Err(Refusal::NotFound)),
        ] {
            let found = endpoint(&request(method, path, accept));
            assert_eq!(found, expected, "{method} {path}");
        }
    }
}
