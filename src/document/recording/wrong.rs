//! What is wrong with a line of a recording that is JSON and no observation: by the name of the member.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::RecordingLine;
use crate::document::failure::Failure;
use crate::document::kind::Kind;
use crate::document::response_facts::ResponseFacts;
use crate::document::text::{bounded, visible};

/// Name of a member, whether a line must have it, a test of its value, and what the value must be.
type MemberCheck = (&'static str, bool, fn(&Value) -> bool, &'static str);

const TIME: &str = "is no time such as 2026-11-23T02:15:04Z";
const KINDS: &str = "is none of";
const TEXT: &str = "is no string";
const COUNT: &str = "is no whole number from 0";

const MEMBERS: [MemberCheck; 15] = [
    ("at", true, is_time, TIME),
    ("provider", true, Value::is_string, TEXT),
    ("document", true, is_kind, KINDS),
    ("url", false, Value::is_string, TEXT),
    ("final_url", false, Value::is_string, TEXT),
    ("status", false, is_status, "is no HTTP status"),
    ("content_type", false, Value::is_string, TEXT),
    (
        "body",
        false,
        Value::is_string,
        "is no string: the document stands in quotes, as it was received",
    ),
    (
        "unmodified",
        false,
        Value::is_boolean,
        "is neither true nor false",
    ),
    (
        "failure",
        false,
        is_failure,
        "is no failure such as {\"kind\": \"status\", \"status\": 503, \"detail\": \"HTTP 503\"}",
    ),
    ("elapsed_ms", false, Value::is_u64, COUNT),
    ("confirmed_at", false, is_time, TIME),
    ("candidate_since", false, is_time, TIME),
    ("unrecorded", false, Value::is_u64, COUNT),
    (
        "beside",
        false,
        is_response_facts,
        "is nothing such as {\"max_age\": 3600}",
    ),
];

fn is_time(value: &Value) -> bool {
    let text = value.as_str();
    text.is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

fn is_kind(value: &Value) -> bool {
    value.as_str().and_then(Kind::parse).is_some()
}

fn is_status(value: &Value) -> bool {
    value
        .as_u64()
        .is_some_and(|status| u16::try_from(status).is_ok())
}

fn is_failure(value: &Value) -> bool {
    serde_json::from_value::<Failure>(value.clone()).is_ok()
}

fn is_response_facts(value: &Value) -> bool {
    serde_json::from_value::<ResponseFacts>(value.clone()).is_ok()
}

impl RecordingLine {
    /// What is wrong with an object that cannot be read as a line.
    pub fn wrong(object: &Map<String, Value>) -> String {
        for (name, is_needed, will_do, what) in MEMBERS {
            match object.get(name) {
                None if is_needed => return format!("\"{name}\" is missing"),
                // A member that may be left out may also be null.
                Some(value) if !will_do(value) && (is_needed || !value.is_null()) => {
                    let shown = bounded(&visible(&value.to_string()), 60);
                    if what == KINDS {
                        let all: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                        return format!("\"{name}\" {what} {}: {shown}", all.join(", "));
                    }
                    return format!("\"{name}\" {what}: {shown}");
                }
                None | Some(_) => {}
            }
        }
        "a member stands twice".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_member_that_is_wrong_is_named_with_what_would_do() {
        let wrong = |text: &str| {
            assert!(
                serde_json::from_str::<RecordingLine>(text).is_err(),
                "{text}"
            );
            RecordingLine::wrong(&serde_json::from_str(text).unwrap())
        };
        let rest = r#""at":"2026-11-23T02:15:04Z","provider":"a","document":"jwks","#;
        for (text, said) in [
            (
                r#"{"at":"2026"}"#.to_owned(),
                r#""at" is no time such as 2026-11-23T02:15:04Z: "2026""#,
            ),
            (
                r#"{"at":3}"#.to_owned(),
                r#""at" is no time such as 2026-11-23T02:15:04Z: 3"#,
            ),
            (r#"{"provider":"a"}"#.to_owned(), r#""at" is missing"#),
            (
                r#"{"at":null}"#.to_owned(),
                r#""at" is no time such as 2026-11-23T02:15:04Z: null"#,
            ),
            (
                format!("{{{rest}\"status\":70000}}"),
                "\"status\" is no HTTP status: 70000",
            ),
            (
                format!("{{{rest}\"unmodified\":\"yes\"}}"),
                "\"unmodified\" is neither true nor false: \"yes\"",
            ),
            (
                format!("{{{rest}\"elapsed_ms\":-1}}"),
                "\"elapsed_ms\" is no whole number from 0: -1",
            ),
            (
                format!("{{{rest}\"at\":\"2026-11-23T02:15:04Z\"}}"),
                "a member stands twice",
            ),
        ] {
            assert_eq!(wrong(&text), said);
        }
        let failure = wrong(&format!("{{{rest}\"failure\":\"x\"}}"));
        assert!(
            failure.starts_with("\"failure\" is no failure such as"),
            "{failure}"
        );
        let kind = wrong(r#"{"at":"2026-11-23T02:15:04Z","provider":"a","document":"oidc"}"#);
        for known in Kind::ALL {
            assert!(kind.contains(known.as_str()), "{kind}");
        }
    }
}
