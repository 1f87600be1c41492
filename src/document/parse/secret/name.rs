//! Names of members and parameters that hold a secret.

use crate::document::jwk;

/// Members of a JWK that are private (RFC 7518 section 6, RFC 8037, RFC 9964), and what others than
/// JOSE call them. Everybody who has them can sign.
const PRIVATE: [&str; 16] = [
    jwk::D,
    jwk::P,
    jwk::Q,
    jwk::DP,
    jwk::DQ,
    jwk::QI,
    jwk::OTH,
    jwk::K,
    jwk::PRIV,
    "inverseq",
    "privateexponent",
    "prime1",
    "prime2",
    "exponent1",
    "exponent2",
    "coefficient",
];
/// Members that only a key has beside them.
const TYPICAL: [&str; 20] = [
    jwk::KID,
    jwk::USE,
    "keyops",
    jwk::ALG,
    jwk::N,
    jwk::E,
    jwk::CRV,
    jwk::X,
    jwk::Y,
    jwk::PUB,
    jwk::X5C,
    jwk::X5T,
    jwk::X5U,
    "curve",
    "keyid",
    "modulus",
    "exponent",
    "publicexponent",
    "publickey",
    "x5t#s256",
];
/// Members that say what kind of key it is.
const TYPES: [&str; 3] = [jwk::KTY, "keytype", "keykind"];
/// What follows `private_key` in the name of a member that holds one.
const FORMS: [&str; 16] = [
    "",
    "s",
    "multibase",
    "jwk",
    "jwks",
    "pem",
    "base58",
    "base64",
    "hex",
    "der",
    "raw",
    "bytes",
    "pkcs8",
    "value",
    "armored",
    "data",
];
/// How names of secrets end.
const SECRETS: [&str; 7] = [
    "clientsecret",
    "secretkey",
    "sharedsecret",
    "appsecret",
    "consumersecret",
    "clientpassword",
    "secretaccesskey",
];
/// Parameters of a URL that are secret.
const PARAMETERS: [&str; 16] = [
    "secret",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "clientassertion",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "apikey",
    "apisecret",
    "xapikey",
    "privatekey",
    "accesskey",
    "assertion",
];

pub(super) fn is_private_name(name: &str) -> bool {
    is_one_of(name, &PRIVATE)
}

pub(super) fn is_typical(name: &str) -> bool {
    is_one_of(name, &TYPICAL)
}

pub(super) fn is_type(name: &str) -> bool {
    is_one_of(name, &TYPES)
}

pub(in crate::document::parse) fn is_secret_name(name: &str) -> bool {
    let is_secret = |name: String| SECRETS.iter().any(|end| name.ends_with(end));
    is_private_key_name(name) || whole(name).is_some_and(is_secret)
}

/// Whether what has this name is a private key, and no other secret.
pub(in crate::document::parse) fn is_private_key_name(name: &str) -> bool {
    whole(name).is_some_and(|name| {
        let form = name.split_once("privatekey").map(|(_, form)| form);
        form.is_some_and(|form| FORMS.contains(&form))
    })
}

/// The letters of a name that is long enough.
fn whole(name: &str) -> Option<String> {
    let is_long = name.len() >= 9 && name.is_ascii();
    is_long.then(|| letters(name).map(char::from).collect())
}

pub(super) fn is_secret_parameter(name: &str) -> bool {
    is_one_of(name, &PARAMETERS) || is_secret_name(name)
}

/// Names are the same in capitals, and with whatever joins their words.
fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| letters(name).eq(known.bytes()))
}

fn letters(name: &str) -> impl Iterator<Item = u8> {
    let kept = name
        .bytes()
        .filter(|byte| !matches!(byte, b'_' | b'-' | b'.'));
    kept.map(|byte| byte.to_ascii_lowercase())
}
