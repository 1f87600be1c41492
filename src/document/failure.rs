//! Why a poll did not succeed: data, recorded and counted, not a Rust `Error`.
//!
//! To read in this order: `kind` (the class that JSON names), `cause` (what is decided on), `reason`
//! (what polls are grouped by), `words` (what is said), `foreign` (what recordings of other programs say).
//!
//! JSON has the cause only where the kind does not say it already, so that older histories read and
//! hash as they did. Words of other programs are read once, where their recordings come in.

mod cause;
mod foreign;
mod kind;
mod poll;
mod reason;
mod words;

pub use self::cause::{Cause, DocumentLimit, Excess, ProxyTrouble, Side, TextKind, TlsTrouble};
pub use self::foreign::of_foreign_words;
pub use self::kind::FailureKind;
pub use self::poll::{Failure, Hint};
pub use self::reason::Reason;

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_failure_of_an_older_store_reads_and_is_written_as_it_was() {
        for old in [
            r#"{"kind":"status","status":503,"detail":"HTTP 503"}"#,
            r#"{"kind":"unresolved","detail":"name has no address"}"#,
            r#"{"kind":"tls","detail":"certificate is for a, not for b"}"#,
        ] {
            let failure: Failure = serde_json::from_str(old).unwrap();
            assert_eq!(failure.cause, Cause::of_kind(failure.kind));
            assert_eq!(serde_json::to_string(&failure).unwrap(), old);
        }
    }

    #[test]
    fn a_cause_is_written_and_read_again() {
        let proxy = Cause::Proxy {
            proxy: "proxy:3128".to_owned(),
            trouble: ProxyTrouble::Answered(407),
        };
        let since = Timestamp::from_second(1_700_000_000).ok();
        for cause in [
            proxy,
            Cause::ResolverDown,
            Cause::Tls(TlsTrouble::Expired { since }),
            Cause::NotJson(TextKind::Html {
                title: Some("Sign in".to_owned()),
            }),
        ] {
            let failure = Failure::of(cause);
            let text = serde_json::to_string(&failure).unwrap();
            assert!(text.contains("\"cause\":"), "{text}");
            assert_eq!(serde_json::from_str::<Failure>(&text).unwrap(), failure);
        }
    }

    #[test]
    fn a_detail_is_made_visible_and_cut() {
        let failure = Failure::new(Cause::NoConnection, &"\u{1b}".repeat(400));
        assert!(failure.detail.starts_with("<U+001B>"));
        assert_eq!(failure.detail.chars().count(), 300);
    }
}
