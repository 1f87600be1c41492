//! A TCP connection to one of several addresses: the first that answers.
//!
//! An address that says nothing must not eat the deadline of a poll while another would answer, so
//! each has a short head start and then goes on beside the next one (RFC 8305 section 5), the two
//! families in turn. Rejected: `HttpConnector` of `hyper-util`. It tells its errors as boxed ones, has
//! one fallback from family to family, and waits for a dead address among several of one family.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an address is tried before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// Most addresses of a name that are tried.
const TRIED: usize = 16;

/// Connects to the first of these addresses that answers.
pub(super) async fn dial(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let socket = match addresses {
        [one] => TcpStream::connect(one).await?,
        _ => race(in_turn(addresses), TcpStream::connect).await?,
    };
    // A request is written at once or not at all.
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// The families of addresses in turn, beginning with that of the first.
fn in_turn(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |address: &SocketAddr| {
        Some(address.is_ipv4()) == addresses.first().map(SocketAddr::is_ipv4)
    };
    let (first, second): (Vec<_>, Vec<_>) = addresses.iter().copied().partition(is_first);
    let mut second = second.into_iter();
    let mut mixed = Vec::new();
    for address in first {
        mixed.push(address);
        mixed.extend(second.next());
    }
    mixed.extend(second);
    mixed.truncate(TRIED);
    mixed
}

/// Connects to all of them, one after the other with a head start each, until one is there.
async fn race<T, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    T: Send + 'static,
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let mut left = addresses.into_iter();
    let mut tried = JoinSet::new();
    let mut failed: Option<io::Error> = None;
    loop {
        if let Some(address) = left.next() {
            tried.spawn(connect(address));
        }
        let ended = if left.len() == 0 {
            tried.join_next().await
        } else {
            let ended = tokio::time::timeout(HEAD_START, tried.join_next()).await;
            let Ok(ended) = ended else { continue };
            ended
        };
        match ended {
            Some(Ok(Ok(connected))) => return Ok(connected),
            Some(Ok(Err(error))) => failed = Some(worse(failed, error)),
            // A connection task that panicked counts as one that failed.
            Some(Err(_panicked)) => {}
            None => return Err(failed.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into())),
        }
    }
}

/// Picks the error to report: the first, unless only the second is an answer of the other side. That
/// this machine has no IPv6 says nothing about a site that refused the connection.
fn worse(first: Option<io::Error>, second: io::Error) -> io::Error {
    let is_answer = |error: &io::Error| {
        use io::ErrorKind as Is;
        matches!(error.kind(), Is::ConnectionRefused | Is::ConnectionReset)
    };
    match first {
        Some(first) if is_answer(&first) || !is_answer(&second) => first,
        Some(_) | None => second,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &[&str]) -> Vec<SocketAddr> {
        text.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(work)
    }

    #[test]
    fn an_address_that_says_nothing_does_not_keep_from_the_next() {
        let three = at(&["[2001:db8::1]:1", "192.0.2.1:1", "192.0.2.2:1"]);
        let connected = run(race(three, |address| async move {
            if address.port() == 1 && address.to_string() != "192.0.2.2:1" {
                std::future::pending::<()>().await;
            }
            Ok(address)
        }));
        assert_eq!(connected.unwrap().to_string(), "192.0.2.2:1");
    }

    #[test]
    fn what_a_site_answered_is_told_before_what_this_machine_lacks() {
        let two = at(&["[2001:db8::1]:1", "192.0.2.1:1"]);
        let failed = run(race::<(), _>(two, |address| async move {
            Err(if address.is_ipv6() {
                io::ErrorKind::NetworkUnreachable.into()
            } else {
                io::ErrorKind::ConnectionRefused.into()
            })
        }));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        assert!(run(race::<(), _>(Vec::new(), |_| async { Ok(()) })).is_err());
    }

    #[test]
    fn the_families_take_turns_and_not_every_address_is_tried() {
        let mixed = in_turn(&at(&["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1"]));
        assert_eq!(mixed, at(&["[::1]:1", "10.0.0.1:1", "[::2]:1", "[::3]:1"]));
        assert_eq!(in_turn(&at(&["10.0.0.1:1"; 40])).len(), 16);
    }
}
