//! Alerts for Alertmanager: what begins, and what ends under the same labels.

use serde_json::json;

use super::{NEVER, change, posting_to};
use crate::support::program::document;
use crate::support::receiver::Receiver;
use crate::support::site::Reply;

const FORMAT: &str = "format = \"alertmanager\"";

#[test]
fn a_change_is_an_alert_for_each_rule() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, FORMAT, NEVER);
    change(&site);
    program.said(&["check"]);
    let request = &receiver.requests()[0];
    assert!(
        request.line.starts_with("POST /hook "),
        "as written: {}",
        request.line
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    let alerts = request.json();
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    let alert = &alerts[0];
    assert_eq!(
        alert["labels"],
        json!({
            "alertname": "issuerwatch", "provider": "archera",
            "document": "oauth-authorization-server", "severity": "breaking",
            "rule": "scope-removed",
        })
    );
    let notes = &alert["annotations"];
    assert_eq!(notes["summary"], "scope removed: billing:write");
    assert_eq!(notes["members"], "scopes_supported");
    assert_eq!(notes["history"], "issuerwatch history show 2");
    assert_eq!(alert["startsAt"], program.events()[1]["at"]);
    assert!(alert.get("endsAt").is_none());
}

#[test]
fn an_outage_ends_under_the_labels_it_began_with() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, FORMAT, NEVER);
    program.configure("confirm_after", "failures_before_alert = 1\nconfirm_after");
    site.answer(Reply::status(503));
    assert_eq!(program.said(&["check"]).0, 4);
    site.answer(Reply::json(&document(&site.issuer)));
    assert_eq!(program.said(&["check"]).0, 0);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 2);
    let [began, ended] = [0, 1].map(|at: usize| requests[at].json()[0].clone());
    assert_eq!(began["labels"]["rule"], "document-unavailable");
    assert_eq!(began["labels"]["severity"], "breaking");
    assert!(began.get("endsAt").is_none());
    assert_eq!(ended["labels"], began["labels"]);
    assert_eq!(ended["startsAt"], began["startsAt"]);
    assert_eq!(ended["endsAt"], program.events()[2]["at"]);
}

#[test]
fn who_hears_of_an_outage_by_its_severity_hears_of_its_end() {
    let receiver = Receiver::start();
    let (site, program) = posting_to(&receiver, "severity = \"breaking\"", NEVER);
    program.configure("confirm_after", "failures_before_alert = 1\nconfirm_after");
    site.answer(Reply::status(503));
    program.said(&["check"]);
    site.answer(Reply::json(&document(&site.issuer)));
    program.said(&["check"]);
    let kinds: Vec<_> = receiver
        .requests()
        .iter()
        .map(|it| it.json()["type"].clone())
        .collect();
    assert_eq!(kinds, ["issuerwatch.failing", "issuerwatch.recovered"]);
}

#[test]
fn a_finding_ends_when_it_is_cured_for_whoever_heard_of_it_by_its_severity() {
    let receiver = Receiver::start();
    let grave = format!("{FORMAT}\nseverity = \"security\"");
    let (site, program) = posting_to(&receiver, &grave, NEVER);
    let good = document(&site.issuer);
    let other = format!("\"issuer\":\"{}\"", site.issuer);
    site.answer(Reply::json(
        &good.replace(&other, "\"issuer\":\"https://other.example\""),
    ));
    assert_eq!(program.said(&["check"]).0, 3);
    site.answer(Reply::json(&good));
    program.said(&["check"]);
    let alerts: Vec<serde_json::Value> = receiver
        .requests()
        .iter()
        .flat_map(|request| request.json().as_array().unwrap().clone())
        .filter(|alert| alert["labels"]["rule"] == "issuer-mismatch")
        .collect();
    assert_eq!(alerts.len(), 2, "{alerts:?}");
    assert_eq!(alerts[0]["labels"], alerts[1]["labels"]);
    assert!(alerts[0].get("endsAt").is_none());
    assert!(alerts[1]["endsAt"].is_string());
}
