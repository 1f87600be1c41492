//! `[metrics]`: what a running daemon says to Prometheus and to a health probe, and what it refuses.

mod bounds;
mod names;

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::support::program::{Daemon, Program, document};
use crate::support::site::{Reply, Site};
use crate::support::wait_until;

const NEVER: &str = "0 0 1 1 *";
const ALWAYS: &str = "* * * * * *";
const LABELS: &str = "{provider=\"archera\",document=\"oauth-authorization-server\"}";

/// A daemon that can be asked.
struct Exposed {
    site: Site,
    program: Program,
    daemon: Daemon,
    address: String,
}

/// What was answered.
struct Answered {
    status: u16,
    head: String,
    body: String,
}

impl Exposed {
    fn start(site: Site, schedule: &str) -> Self {
        let program = Program::watching(&site, "", schedule);
        site.answer(Reply::json(&document(&site.issuer)));
        program.configure("[fetch]", "[metrics]\nlisten = \"127.0.0.1:0\"\n[fetch]");
        let daemon = program.daemon();
        let address = address(&program);
        Self {
            site,
            program,
            daemon,
            address,
        }
    }

    fn get(&self, path: &str) -> Answered {
        get(&self.address, path, "")
    }

    /// The series of the page, by name and labels.
    fn series(&self) -> BTreeMap<String, f64> {
        let answered = self.get("/metrics");
        assert_eq!(answered.status, 200, "{}", answered.body);
        series(&answered.body)
    }

    fn wait_for(&self, series: &str, value: f64) {
        wait_until(&format!("{series} is {value}"), || {
            let found = self.series();
            found
                .get(series)
                .is_some_and(|it| (it - value).abs() < 1e-9)
        });
    }
}

/// Where the daemon that was started last says that it can be asked.
fn address(program: &Program) -> String {
    let mut address = None;
    wait_until("it says where it can be asked", || {
        let log = program.log();
        let mut places = log.rsplit("metrics at http://");
        let place = places.next().filter(|_| places.next().is_some());
        address = place.and_then(|it| Some(it.split_once("/metrics")?.0.to_owned()));
        address.is_some()
    });
    address.unwrap()
}

fn series(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            (series.to_owned(), value.parse().unwrap())
        })
        .collect()
}

fn get(address: &str, path: &str, headers: &str) -> Answered {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    said(address, &request).unwrap_or_else(|| panic!("no answer to {path}"))
}

/// What a server says to a request until it closes the connection; `None` where there is no server, or it
/// says nothing.
fn said(address: &str, request: &str) -> Option<Answered> {
    let mut stream = TcpStream::connect(address).ok()?;
    let timeout = Some(Duration::from_secs(20));
    stream.set_read_timeout(timeout).unwrap();
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    // Who refuses a request may close before all of it was read: what was said counts.
    if let Err(error) = stream.read_to_end(&mut answer) {
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answered {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    })
}

#[test]
fn a_scrape_says_what_polls_saw_and_what_is_recorded() {
    let exposed = Exposed::start(Site::tls(), ALWAYS);
    let up = format!("issuerwatch_target_up{LABELS}");
    exposed.wait_for(&up, 1.0);
    let events = "issuerwatch_events_total{kind=\"first-seen\",severity=\"none\"}";
    exposed.wait_for(events, 1.0);
    let found = exposed.series();
    let at = |name: &str| found.get(name).copied();
    assert!(at("issuerwatch_polls_total{outcome=\"answered\"}") >= Some(1.0));
    assert!(at("issuerwatch_poll_duration_seconds_count") >= Some(1.0));
    assert_eq!(
        at(&format!("issuerwatch_target_overdue{LABELS}")),
        Some(0.0)
    );
    let last = at(&format!(
        "issuerwatch_target_last_success_timestamp_seconds{LABELS}"
    ));
    let expiry = at(&format!(
        "issuerwatch_certificate_expiry_timestamp_seconds{LABELS}"
    ));
    assert!(last > Some(1.7e9) && expiry > last, "{last:?} {expiry:?}");
    assert!(at("issuerwatch_store_bytes") > Some(4_096.0));
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("issuerwatch_build_info{{version=\"{version}\"}}");
    assert_eq!(at(&build), Some(1.0));

    exposed.site.answer(Reply::status(503));
    exposed.wait_for(&up, 0.0);
    exposed.wait_for("issuerwatch_poll_failures_total{cause=\"tls\"}", 0.0);
    let found = exposed.series();
    let failed = found["issuerwatch_polls_total{outcome=\"failed\"}"];
    let causes = found
        .iter()
        .filter(|(name, _)| name.starts_with("issuerwatch_poll_failures_total"));
    let causes: f64 = causes.map(|(_, count)| count).sum();
    assert!(
        failed >= 1.0 && (causes - failed).abs() < 1e-9,
        "each failure has one cause"
    );
    let still = format!("issuerwatch_certificate_expiry_timestamp_seconds{LABELS}");
    assert_eq!(found.get(&still).copied(), expiry, "of the last good poll");
}

#[test]
fn what_a_start_finds_in_the_store_is_there_before_the_first_poll() {
    let site = Site::plain();
    let program = Program::watching(&site, "", NEVER);
    site.answer(Reply::json(&document(&site.issuer)));
    assert_eq!(program.said(&["check"]).0, 0);
    program.configure("[fetch]", "[metrics]\nlisten = \"127.0.0.1:0\"\n[fetch]");
    let polls = site.requests().len();
    let daemon = program.daemon();
    let page = get(&address(&program), "/metrics", "").body;
    assert!(
        page.contains(&format!("issuerwatch_target_up{LABELS} 1\n")),
        "{page}"
    );
    assert!(
        page.contains("issuerwatch_polls_total{outcome=\"answered\"} 0\n"),
        "{page}"
    );
    assert_eq!(site.requests().len(), polls);
    assert_eq!(daemon.terminate(), Some(0));
}

#[test]
fn the_outbox_is_counted_by_channel_and_state() {
    let site = Site::plain();
    let exposed = Exposed::start(site, NEVER);
    exposed.wait_for(&format!("issuerwatch_target_up{LABELS}"), 1.0);
    let of = |channel: &str, state: &str| {
        format!("issuerwatch_outbox_messages{{channel=\"{channel}\",state=\"{state}\"}}")
    };
    for state in ["waiting", "collected", "refused", "expired"] {
        exposed.wait_for(&of("mail", state), 0.0);
        exposed.wait_for(&of("webhook", state), 0.0);
    }
    exposed.wait_for("issuerwatch_outbox_oldest_seconds{channel=\"mail\"}", 0.0);
    // Years ahead, so that nobody takes it up; it should have left in 2001.
    exposed
        .program
        .store()
        .execute_batch(
            "INSERT INTO mail (id, kind, composed_at, due_at) VALUES (90, 'changed', 1000000000000, 1000000000000);
             INSERT INTO delivery (mail_id, recipient, message_id, state, next_attempt_at, settled_at, looked_at) VALUES
                 (90, 'a@x.example', '<1@x>', 'waiting', 9000000000000, NULL, NULL),
                 (90, 'b@x.example', '<2@x>', 'refused', 0, 1, NULL),
                 (90, 'c@x.example', '<3@x>', 'refused', 0, 1, 1),
                 (90, 'd@x.example', '<4@x>', 'expired', 0, 1, NULL);
             INSERT INTO delivery (mail_id, recipient, message_id, state, next_attempt_at, channel) VALUES
                 (90, 'hook', '<5@x>', 'waiting', 9000000000000, 'webhook');
             INSERT INTO alert (event_id, recipients, due_at, left_to_weekly) VALUES
                 (1, '[\"a@x.example\",\"b@x.example\"]', 9000000000000, 1);",
        )
        .unwrap();
    exposed.wait_for(&of("mail", "refused"), 1.0);
    let found = exposed.series();
    for (channel, state) in [
        ("mail", "expired"),
        ("mail", "waiting"),
        ("webhook", "waiting"),
    ] {
        let count = found.get(&of(channel, state)).copied();
        assert_eq!(count, Some(1.0), "{channel} {state}");
    }
    let oldest =
        |channel| found[&format!("issuerwatch_outbox_oldest_seconds{{channel=\"{channel}\"}}")];
    assert!(oldest("mail") > 7e8 && oldest("webhook") > 7e8);
    // What was given up is told until somebody drops it.
    for one in listed_as(&exposed.program, "refused") {
        exposed.program.said(&["outbox", "drop", &one]);
    }
    exposed.wait_for(&of("mail", "refused"), 0.0);
    let page = exposed.get("/metrics").body;
    assert!(
        !page.contains("x.example") && !page.contains("\"hook\""),
        "{page}"
    );
}

#[test]
fn what_leaves_the_configuration_leaves_no_series_and_no_address_is_ever_said() {
    let exposed = Exposed::start(Site::plain(), ALWAYS);
    let up = format!("issuerwatch_target_up{LABELS}");
    exposed.wait_for(&up, 1.0);
    let page = exposed.get("/metrics").body;
    assert!(
        !page.contains("://") && !page.contains("127.0.0.1"),
        "{page}"
    );
    exposed
        .program
        .configure("name = \"archera\"", "name = \"other\"");
    exposed.daemon.signal("-HUP");
    let other =
        "issuerwatch_target_overdue{provider=\"other\",document=\"oauth-authorization-server\"}";
    exposed.wait_for(other, 0.0);
    let page = exposed.get("/metrics").body;
    assert!(!page.contains("archera"), "{page}");
    let polled = series(&page)["issuerwatch_polls_total{outcome=\"answered\"}"];
    assert!(polled >= 1.0, "what was counted goes on");
    assert_eq!(exposed.daemon.terminate(), Some(0));
}

#[test]
fn it_is_healthy_while_polls_are_on_time_and_the_store_takes_writes() {
    let exposed = Exposed::start(Site::plain(), NEVER);
    let health = exposed.get("/healthz");
    assert_eq!((health.status, health.body.as_str()), (200, "ok\n"));
    assert!(
        health.head.contains("cache-control: no-store"),
        "{}",
        health.head
    );
    let store = exposed.program.store();
    store.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut health = exposed.get("/healthz");
    wait_until("a write is tried", || {
        health = exposed.get("/healthz");
        health.status == 503
    });
    assert!(
        health.body.starts_with("the store takes no write: "),
        "{}",
        health.body
    );
    // What is only read is there meanwhile.
    assert_eq!(exposed.get("/metrics").status, 200);
    store.execute_batch("ROLLBACK").unwrap();
    wait_until("it is well again", || exposed.get("/healthz").status == 200);
    assert_eq!(exposed.daemon.terminate(), Some(0));
    let status = exposed.program.said(&["status"]).1;
    assert!(
        status.contains("daemon: not running\n"),
        "no write came after the end: {status}"
    );
}

/// Numbers of what stands in the outbox in this state.
fn listed_as(program: &Program, state: &str) -> Vec<String> {
    let (_, listed) = program.said(&["outbox", "list", "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let all = listed.as_array().unwrap().iter();
    all.filter(|one| one["state"] == state)
        .map(|one| one["id"].to_string())
        .collect()
}
