//! What the server refuses, where it listens, and how it ends.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::{Exposed, LABELS, NEVER, address, get, said};
use crate::support::program::Program;
use crate::support::site::Site;
use crate::support::wait_until;

#[test]
fn two_addresses_are_answered_and_one_request_a_connection() {
    let exposed = Exposed::start(Site::plain(), NEVER);
    let address = &exposed.address;
    assert_eq!(exposed.get("/").status, 404);
    assert_eq!(exposed.get("/metrics/x").status, 404);
    let post = "POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n";
    let refused = said(address, post).unwrap();
    assert_eq!(refused.status, 405);
    assert!(
        refused.head.contains("\r\nallow: get, head"),
        "{}",
        refused.head
    );
    let head = said(address, "HEAD /healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    // `said` reads until the server closes: the second request is not answered.
    let twice = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2);
    assert_eq!(said(address, &twice).unwrap().body, "ok\n");
    let long = format!("x-long: {}\r\n", "x".repeat(1 << 20));
    let request = format!("GET /metrics HTTP/1.1\r\nhost: x\r\n{long}\r\n");
    let refused = said(address, &request);
    assert!(
        refused.is_none_or(|it| it.status == 431),
        "a header of 1 MiB"
    );
    let many = "x-many: x\r\n".repeat(200);
    assert_eq!(get(address, "/metrics", &many).status, 431);
    assert_eq!(said(address, "nonsense\r\n\r\n").unwrap().status, 400);
    let accept = "accept: application/openmetrics-text;version=1.0.0,*/*;q=0.1\r\n";
    let page = get(address, "/metrics", accept);
    assert!(
        page.head
            .contains("content-type: application/openmetrics-text; version=1.0.0")
    );
    assert!(page.body.ends_with("# EOF\n"), "{}", page.body);
}

#[test]
fn who_says_nothing_keeps_no_poll_and_no_end_waiting() {
    let exposed = Exposed::start(Site::plain(), super::ALWAYS);
    exposed.wait_for(&format!("issuerwatch_target_up{LABELS}"), 1.0);
    let connect = |_| TcpStream::connect(&exposed.address).unwrap();
    let silent: Vec<TcpStream> = (0..40).map(connect).collect();
    let mut slow = TcpStream::connect(&exposed.address).unwrap();
    slow.write_all(b"GET /met").unwrap();
    let polls = exposed.site.requests().len();
    wait_until("polls go on", || exposed.site.requests().len() > polls + 1);
    assert_eq!(exposed.daemon.terminate(), Some(0));
    for mut stream in silent {
        let ended = stream.read(&mut [0]);
        assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    }
    let log = exposed.program.folder.path().join("issuerwatch.db-wal");
    assert!(!log.exists(), "a stopped daemon leaves one file");
}

#[test]
fn an_address_that_is_taken_ends_the_start_with_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let program = Program::watching(&Site::plain(), "", NEVER);
    let metrics = format!("[metrics]\nlisten = \"{listen}\"\n[fetch]");
    program.configure("[fetch]", &metrics);
    let ended = program.run(&["run"]);
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "it may be free again: {said}");
    let expected = format!("[metrics] listen: cannot listen on {listen}: ");
    assert!(said.contains(&expected), "{said}");
    assert_eq!(
        program.said(&["config", "check"]).0,
        0,
        "a daemon may hold it"
    );
}

#[test]
fn a_reload_keeps_moves_refuses_and_ends_it() {
    let exposed = Exposed::start(Site::plain(), NEVER);
    exposed.wait_for(&format!("issuerwatch_target_up{LABELS}"), 1.0);
    let Exposed {
        program,
        daemon,
        address: first,
        ..
    } = exposed;
    let logged = |count: usize, words: &'static str| {
        wait_until(words, || program.log().matches(words).count() == count);
    };
    daemon.signal("-HUP");
    logged(1, "reloaded; ");
    assert_eq!(get(&first, "/healthz", "").status, 200);
    logged(1, "metrics at ");

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    program.configure("127.0.0.1:0", &listen);
    daemon.signal("-HUP");
    logged(
        1,
        "not reloaded, the old configuration stays: [metrics] listen: cannot listen on ",
    );
    assert_eq!(get(&first, "/healthz", "").status, 200);

    drop(taken);
    daemon.signal("-HUP");
    logged(2, "reloaded; ");
    let second = address(&program);
    assert_eq!(second, listen);
    let page = get(&second, "/metrics", "").body;
    assert!(
        page.contains("issuerwatch_polls_total{outcome=\"answered\"} 1\n"),
        "{page}"
    );
    wait_until("nobody answers at the old address", || {
        TcpStream::connect(&first).is_err()
    });

    program.configure(&format!("[metrics]\nlisten = \"{listen}\""), "");
    daemon.signal("-HUP");
    logged(3, "reloaded; ");
    wait_until("nobody answers any more", || {
        TcpStream::connect(&second).is_err()
    });
    assert_eq!(daemon.terminate(), Some(0));
}
