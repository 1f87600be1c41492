//! The sample of `alert test`: a whole alert about a change that was made up, marked as that.

use jiff::{SignedDuration, Timestamp};

use super::compose::patch;
use super::input::{MailInput, Polling, ProviderContext};
use super::notes::notes;
use super::opening::Opening;
use super::page::{Foot, Page};
use super::{html, limits, opening, section, text};
use crate::document::canonical::Document;
use crate::document::kind::Kind;
use crate::document::severity::Severity;
use crate::document::text::visible;
use crate::meaning::diff;
use crate::meaning::provider_policy::Policy;
use crate::policy::event::{Changed, Event, EventBody, NewEvent, Provenance, Source};
use crate::policy::mail::{MailContent, MailKind};
use crate::wording::summary;

/// Who is said to have changed: where a real mail has the name of its provider.
pub const PROVIDER: &str = "TEST";

const BEFORE: &str = r#"{"authorization_endpoint":"https://login.example.com/authorize",
    "issuer":"https://login.example.com","scopes_supported":["openid","profile","reports:write"],
    "token_endpoint":"https://login.example.com/token"}"#;
const AFTER: &str = r#"{"authorization_endpoint":"https://login.example.com/authorize",
    "issuer":"https://login.example.com","scopes_supported":["openid","profile"],
    "token_endpoint":"https://login.example.net/token"}"#;

/// What it says, and how grave that would be.
pub fn sample(machine: &str, now: Timestamp) -> (MailContent, Option<Severity>) {
    let events: Vec<Event> = event(now).into_iter().collect();
    let severity = events.iter().filter_map(|event| event.body.severity).max();
    let input = MailInput {
        addresses: &[],
        background: None,
        follows: &[],
        wave: None,
        has_weekly: false,
        is_widespread: false,
        kind: MailKind::Changed,
        events: &events,
        digest: None,
        left_out: 0,
        providers: &[ProviderContext {
            name: PROVIDER.to_owned(),
            watched: Some(Polling {
                schedule_words: "every 15 min".to_owned(),
                since: now,
            }),
            declares_use: false,
            used_endpoints: Vec::new(),
        }],
        key_sets: &[],
        machine,
        answers: None,
        late: None,
    };
    let Opening {
        subject, mut lead, ..
    } = opening::of(&input);
    lead.late = Some(
        "TEST: this is what an alert looks like. Nothing has changed; if you can read this and have \
         the attachment, alerts reach you whole."
            .to_owned(),
    );
    let machine = visible(machine);
    let limits = limits::tighter_and_tighter(true).next();
    let page = Page {
        lead,
        sections: limits.map_or_else(Vec::new, |limits| section::all(&input, &limits)),
        notes: notes(&input),
        footer: vec![
            Foot::Words(format!("Sent by `issuerwatch alert test` on {machine}.")),
            Foot::Words("The RFC 6902 patch is attached.".to_owned()),
        ],
    };
    let content = MailContent {
        text: text::render(&page),
        html: html::render(&subject, &page),
        subject,
        patch: patch(&events),
        patches: Vec::new(),
        topic: None,
    };
    (content, severity)
}

/// A token endpoint that moved to another host, and a scope that is gone: the event that the sample is
/// about, as webhooks are sent it.
pub fn event(now: Timestamp) -> Option<Event> {
    let kind = Kind::OAUTH_AUTHORIZATION_SERVER;
    let old = Document::from_canonical(kind, BEFORE)?;
    let new = Document::from_canonical(kind, AFTER)?;
    let changes = diff::changes(&old, &new, None, &Policy::default());
    let before = now.saturating_sub(SignedDuration::from_mins(15));
    let severity = changes.iter().map(|change| change.severity).max();
    let summary = summary::of_changes(&changes);
    let url = "https://login.example.com/.well-known/oauth-authorization-server";
    let body = Changed {
        provenance: Provenance {
            source: Source {
                url: Some(url.to_owned()),
                final_url: None,
            },
            confirmed_at: Some(now),
            last_good_at: before.ok(),
            ..Provenance::default()
        },
        changes,
        patch: Some(diff::patch(&old, &new)),
        ..Changed::default()
    };
    Some(Event {
        id: 0,
        provider: PROVIDER.to_owned(),
        document: kind.into(),
        from_snapshot: None,
        to_snapshot: None,
        acknowledged: None,
        body: NewEvent {
            severity,
            summary,
            ..NewEvent::new(now, EventBody::Changed(body))
        },
        hash: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_a_whole_alert_and_says_that_it_is_none() {
        let now = "2026-11-23T02:15:04Z".parse().unwrap();
        let (content, severity) = sample("mon1", now);
        assert_eq!(severity, Some(Severity::Security));
        assert!(
            content.subject.starts_with("[issuerwatch] TEST: "),
            "{}",
            content.subject
        );
        for part in [&content.text, &content.html] {
            assert!(
                part.contains("TEST: this is what an alert looks like"),
                "{part}"
            );
            assert!(
                !part.contains("history show"),
                "there is no such event: {part}"
            );
        }
        assert!(content.text.contains("https://login.example.net/token"));
        assert!(content.text.contains("\nDo: "), "{}", content.text);
        assert!(content.patch.is_some());
    }
}
