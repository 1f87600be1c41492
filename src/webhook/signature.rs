//! Signs what is posted, as Standard Webhooks say: so that a receiver knows who sent it, and when.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

/// The prefix of a secret that is written in base64.
const PREFIX: &str = "whsec_";

/// The secret that sender and receiver share.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

impl SigningKey {
    /// Reads a secret: `whsec_` and base64, or the bytes as they stand. `None` if it is no base64.
    pub fn parse(secret: &str) -> Option<Self> {
        let bytes = match secret.strip_prefix(PREFIX) {
            Some(coded) => STANDARD.decode(coded).ok()?,
            None => secret.as_bytes().to_vec(),
        };
        let is_something = !bytes.is_empty();
        is_something.then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The value of `webhook-signature` for a body that is posted under this id at this time.
    pub(super) fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let text = format!("{id}.{}.{body}", at.as_second());
        let tag = hmac::sign(&self.0, text.as_bytes());
        format!("v1,{}", STANDARD.encode(tag))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector that libraries of Standard Webhooks are tested with.
    #[test]
    fn a_post_is_signed_as_standard_webhooks_say() {
        let key = SigningKey::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        assert_eq!(
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, "{\"test\": 2432232314}"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    /// RFC 4231, test case 2.
    #[test]
    fn a_secret_without_the_prefix_is_taken_as_it_stands() {
        let key = SigningKey::parse("Jefe").unwrap();
        let tag = hmac::sign(&key.0, b"what do ya want for nothing?");
        assert_eq!(
            crate::document::fingerprint::hex(tag.as_ref()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn what_is_announced_as_base64_and_is_none_is_no_secret() {
        for wrong in ["whsec_", "whsec_a", "whsec_!!!!", ""] {
            assert!(SigningKey::parse(wrong).is_none(), "{wrong}");
        }
    }
}
