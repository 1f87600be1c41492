//! Tokens in hand: text that anybody may have written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use issuerwatch::document::token::{Algorithm, Token};
use issuerwatch::policy::key_life::KeySetState;
use issuerwatch::policy::token::{KeyQuery, Sightings, then, verdict};
use jiff::Timestamp;

use super::{Judge, Target, hold, hold_harmless};

const TOKENS: &[&str] = &[
    ".",
    "\n",
    "=",
    "{",
    "}",
    "\"alg\":\"RS256\"",
    "\"alg\":\"none\"",
    "\"alg\":\"ES256\"",
    "\"kid\":\"a1\"",
    "\"cty\":\"JWT\"",
    "\"crit\":[]",
    "\"iss\":\"https://auth.archera.example\"",
    "\"iat\":",
    "-1e300",
    "99999999999999999999",
    "null",
    "\\ud800",
    "\\u001b[2J",
    "e30",
];

/// A key set, of which some tokens say to be signed by a key.
const SET: &str = r#"{"keys":[
    {"alg":"EdDSA","crv":"Ed25519","kid":"a1","kty":"OKP","use":"sig","x":"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"},
    {"crv":"P-256","kid":"a1","kty":"EC","x":"AA","y":"AA"},
    {"e":"AQAB","kty":"RSA","n":"AA"}]}"#;

pub(super) const TOKEN: Target = Target {
    name: "token",
    tokens: TOKENS,
    prepare: || -> Judge {
        Box::new(|_seed, input| {
            let text = String::from_utf8_lossy(input);
            judge(&text)?;
            // Most edits of base64 are no base64: what stands on three lines is encoded here.
            let parts = text
                .splitn(3, '\n')
                .map(|part| URL_SAFE_NO_PAD.encode(part));
            judge(&parts.collect::<Vec<_>>().join("."))
        })
    },
};

fn judge(text: &str) -> Result<(), String> {
    let token = match Token::read(text) {
        Ok(token) => token,
        // The words are ours, and have nothing of the text.
        Err(why) => return hold_harmless(&why.to_string(), 200),
    };
    let text = text.trim_ascii();
    hold(text.matches('.').count() == 2, || "three parts".to_owned())?;
    let rest = text.strip_prefix(token.signed);
    hold(rest.is_some_and(|rest| rest.starts_with('.')), || {
        "what is signed is all before the last dot".to_owned()
    })?;
    hold(!token.signed.is_empty(), || "nothing is signed".to_owned())?;
    let again = Token::read(&format!("\n{text} ")).map(|it| (it.issuer, it.kid, it.issued_at));
    let first = (token.issuer.clone(), token.kid.clone(), token.issued_at);
    hold(again == Ok(first), || {
        "space around it says nothing".to_owned()
    })?;
    let Algorithm::Signed(signing) = token.algorithm else {
        return Ok(());
    };
    let kid = token.kid.as_deref();
    let mut sightings = Sightings::of(KeyQuery { kid, signing });
    let at = Timestamp::UNIX_EPOCH;
    sightings.see(&KeySetState {
        first_seen_at: at,
        last_seen_at: at,
        event: Some(1),
        canonical: SET,
    });
    for published in sightings.end() {
        let (then, _) = then(token.issued_at, Timestamp::MAX, &published.runs);
        let forged = verdict(then, Some(false)).as_str();
        hold(forged != "theirs", || {
            "who did not sign it issued it".to_owned()
        })?;
    }
    Ok(())
}
