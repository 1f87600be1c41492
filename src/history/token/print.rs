//! What is said of a token, for people and for programs.

use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use crate::document::text::visible;
use crate::document::token::Token;
use crate::document::value::visible_name;
use crate::history::json as printed;
use crate::history::time::seconds;
use crate::policy::token::{SeenPeriod, TokenTime, TokenVerdict, UnfitKey};
use crate::terminal::{Aside, Style};

/// What is known of a token.
pub(super) struct TokenReport {
    pub(super) verdict: TokenVerdict,
    /// Whether a key signed it; `None` where that could not be tried.
    pub(super) verifies: Option<bool>,
    /// When the key was published, of several times the one that the token is of or came after.
    pub(super) published: Option<KeyProof>,
    pub(super) reason: AnswerReason,
}

/// When a key was published, and what proves it.
pub(super) struct KeyProof {
    /// The key set.
    pub(super) name: String,
    pub(super) run: SeenPeriod,
    /// Where the set stood.
    pub(super) address: Option<String>,
    /// The event that the key came with, and its hash.
    pub(super) event: Option<(i64, String)>,
    /// The last event of all, and its hash.
    pub(super) head: Option<(i64, String)>,
}

/// The reason for an answer.
#[derive(Debug, Clone)]
pub(super) enum AnswerReason {
    /// No provider has that issuer.
    Issuer,
    /// The keys of the issuer were never followed.
    NoSet,
    Unsigned,
    Shared,
    /// The algorithm is not known here.
    Algorithm,
    /// Its header demands extensions.
    Demands,
    /// The key was found and could not be used.
    Untried(&'static str),
    /// No poll saw a key that may have signed it.
    NeverSeen,
    /// The key that the token names is of another type, or for something else.
    Unfit(UnfitKey),
    /// The token names no key, and none that was published signed it.
    NoneSigned,
    NotSigned,
    NotSignedNorThere,
    /// A key signed it; this says whether it was published at that time.
    Then(TokenTime),
}

impl TokenReport {
    pub(super) fn unknown(reason: AnswerReason) -> Self {
        Self {
            verdict: TokenVerdict::Unknown,
            verifies: None,
            published: None,
            reason,
        }
    }

    pub(super) fn forged(reason: AnswerReason) -> Self {
        Self {
            verdict: TokenVerdict::Forged,
            verifies: Some(false),
            ..Self::unknown(reason)
        }
    }

    /// How much it says: of several sets, the one that knows the key is right.
    pub(super) fn rank(&self) -> u8 {
        match (self.verdict, self.verifies) {
            (TokenVerdict::Theirs, _) => 5,
            (TokenVerdict::NotThen, Some(true)) => 4,
            (TokenVerdict::Forged, _) => 3,
            (TokenVerdict::Unknown, _) if self.published.is_some() => 2,
            (TokenVerdict::NotThen, _) => 1,
            (TokenVerdict::Unknown, _) => 0,
        }
    }

    /// The reason in words.
    fn words(&self) -> String {
        let words = match &self.reason {
            AnswerReason::Issuer => {
                "no provider has this issuer, which is compared character by character"
            }
            AnswerReason::NoSet => "the keys of this issuer were never seen",
            AnswerReason::Unsigned => "alg none: nobody signed it, and anybody can write it",
            AnswerReason::Shared => {
                "an HMAC: no public key verifies it, and whoever knows the secret can write it"
            }
            AnswerReason::Algorithm => "this algorithm cannot be verified here",
            AnswerReason::Demands => "its header demands extensions (crit) that are not known here",
            AnswerReason::Untried(why) => {
                return format!("the signature cannot be verified: {why}");
            }
            AnswerReason::NeverSeen => {
                "no poll ever saw a key that may have signed it; it may have come and gone between two polls"
            }
            AnswerReason::Unfit(key) => {
                return match &key.alg {
                    Some(alg) => format!(
                        "the key of this name was published for {}: clients refuse another algorithm with it",
                        visible_name(alg)
                    ),
                    None => {
                        "the key of this name is of another type, or for another use".to_owned()
                    }
                };
            }
            AnswerReason::NoneSigned => "no published key of this algorithm signed it",
            AnswerReason::NotSigned => "the published key of this name did not sign it",
            AnswerReason::NotSignedNorThere => {
                "the published key of this name did not sign it, and was not published then"
            }
            AnswerReason::Then(then) => return self.of_time(*then),
        };
        words.to_owned()
    }

    /// What its time says, of a token that was signed by the key.
    fn of_time(&self, then: TokenTime) -> String {
        let run = self.published.as_ref().map(|published| &published.run);
        let time = |at: Option<Timestamp>| at.map(seconds).unwrap_or_default();
        let from = time(run.map(|run| run.from));
        let to = time(run.map(|run| run.to));
        match then {
            TokenTime::There => "the key was published when the token was issued".to_owned(),
            TokenTime::ThereLast => format!(
                "the key was published at the last poll, {to} UTC, after which the token was issued"
            ),
            TokenTime::Between => format!(
                "between two polls of which one saw the key and one did not: it may have been \
                 published already, or still (seen from {from} to {to} UTC)"
            ),
            TokenTime::BeforeHistory => format!(
                "the history of the key set begins at {from} UTC: the key may have been published before"
            ),
            TokenTime::LongAfter => format!(
                "the last poll that saw the key set was at {to} UTC, long before: the key may be \
                 published still"
            ),
            TokenTime::Ahead => "it says to have been issued in the future".to_owned(),
            TokenTime::Undated => {
                "it does not say when it was issued: the key may have been published then"
                    .to_owned()
            }
            TokenTime::NotThere => {
                "the key was not published when the token says to have been issued".to_owned()
            }
        }
    }
}

#[derive(Serialize)]
struct Whole<'a> {
    issuer: Option<&'a str>,
    kid: Option<&'a str>,
    alg: &'a str,
    iat: Option<Timestamp>,
    published: Option<PublishedJson<'a>>,
    verifies: Option<bool>,
    verdict: &'static str,
}

#[derive(Serialize)]
struct PublishedJson<'a> {
    from: Timestamp,
    /// `None` for a key that is published now.
    to: Option<Timestamp>,
    address: Option<&'a str>,
    chain: Chain<'a>,
}

#[derive(Serialize)]
struct Chain<'a> {
    event: Option<i64>,
    hash: Option<&'a str>,
    head: Option<&'a str>,
}

pub(super) fn json(
    token: &Token<'_>,
    answer: &TokenReport,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let published = answer.published.as_ref().map(|it| PublishedJson {
        from: it.run.from,
        to: it.run.after.map(|_| it.run.to),
        address: it.address.as_deref(),
        chain: Chain {
            event: it.event.as_ref().map(|(event, _)| *event),
            hash: it.event.as_ref().map(|(_, hash)| hash.as_str()),
            head: it.head.as_ref().map(|(_, hash)| hash.as_str()),
        },
    });
    let whole = Whole {
        issuer: token.issuer.as_deref(),
        kid: token.kid.as_deref(),
        alg: &token.alg,
        iat: token.issued_at,
        published,
        verifies: answer.verifies,
        verdict: answer.verdict.as_str(),
    };
    if answer.verdict != TokenVerdict::Theirs {
        // Printed to standard error, because a program reads standard output.
        writeln!(Aside, "{}", answer.words())?;
    }
    writeln!(out, "{}", printed::pretty(&whole)?)?;
    Ok(())
}

pub(super) fn table(
    token: &Token<'_>,
    answer: &TokenReport,
    style: Style,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let name = |text: Option<&str>| text.map_or_else(|| "(none)".to_owned(), visible_name);
    let mut rows = vec![
        ("issuer", name(token.issuer.as_deref())),
        ("kid", name(token.kid.as_deref())),
        ("alg", visible_name(&token.alg)),
        (
            "issued",
            token.issued_at.map_or_else(
                || "(not said)".to_owned(),
                |at| format!("{} UTC", seconds(at)),
            ),
        ),
    ];
    if let Some(published) = &answer.published {
        let (from, to) = (published.run.from, published.run.to);
        let end = match published.run.after {
            Some(_) => format!("to {} UTC", seconds(to)),
            None => format!("UTC, there at the last poll, {} UTC", seconds(to)),
        };
        rows.push(("published", format!("from {} {end}", seconds(from))));
        let address = published.address.as_deref();
        let at = address.map(|address| format!(", {}", visible(address)));
        rows.push((
            "key set",
            format!("{}{}", published.name, at.unwrap_or_default()),
        ));
        let proofs = [("proof", &published.event), ("head", &published.head)];
        rows.extend(proofs.into_iter().filter_map(|(title, proof)| {
            let (event, hash) = proof.as_ref()?;
            let again = match title {
                "proof" => format!("show {event}"),
                _ => "verify".to_owned(),
            };
            let hash = style.hash(hash);
            let words = format!("event {event}, hash {hash}; issuerwatch history {again}");
            Some((title, words))
        }));
    }
    let verifies = match answer.verifies {
        Some(true) => "verifies",
        Some(false) => "does not verify",
        None => "not verified",
    };
    rows.push(("signature", verifies.to_owned()));
    rows.push((
        "verdict",
        format!("{}: {}", answer.verdict.as_str(), answer.words()),
    ));
    for (title, words) in rows {
        let mut head = format!("{title:<11}");
        for line in style.wrap(&words, head.len()) {
            writeln!(out, "{head}{line}")?;
            head = " ".repeat(11);
        }
    }
    Ok(())
}
