//! Names of the members of a key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037, RFC 9964): the one
//! place where they are written. Code that asks for a name that is not here does not compile.

/// The algorithm it is for.
pub const ALG: &str = "alg";
/// The curve, or the parameter set.
pub const CRV: &str = "crv";
/// Private: of RSA the exponent, of the others the key itself.
pub const D: &str = "d";
/// Private, of RSA: `d` by `p`.
pub const DP: &str = "dp";
/// Private, of RSA: `d` by `q`.
pub const DQ: &str = "dq";
/// Of RSA: the public exponent.
pub const E: &str = "e";
/// When it ends (OpenID Federation 1.0 section 8.7.2).
pub const EXP: &str = "exp";
/// Whether it may be exported: what browsers write (Web Cryptography API).
pub const EXT: &str = "ext";
/// When it was issued (OpenID Federation 1.0 section 8.7.2).
pub const IAT: &str = "iat";
/// Entra's: which issuer it is for; clients are told to compare it with `iss`.
pub const ISSUER: &str = "issuer";
/// Private: a shared secret.
pub const K: &str = "k";
/// What it may be used for, as a list.
pub const KEY_OPS: &str = "key_ops";
/// Its name, which other keys of the set may have too.
pub const KID: &str = "kid";
/// Its type.
pub const KTY: &str = "kty";
/// Of RSA: the modulus.
pub const N: &str = "n";
/// When it begins to be valid (OpenID Federation 1.0 section 8.7.2).
pub const NBF: &str = "nbf";
/// Private, of RSA: the primes beyond the first two.
pub const OTH: &str = "oth";
/// Private, of RSA: the first prime.
pub const P: &str = "p";
/// Private, of AKP: the seed.
pub const PRIV: &str = "priv";
/// Of AKP: the public key.
pub const PUB: &str = "pub";
/// Private, of RSA: the second prime.
pub const Q: &str = "q";
/// Private, of RSA: the inverse of the second prime.
pub const QI: &str = "qi";
/// Says that it was revoked, and when (OpenID Federation 1.0 section 8.7.2).
pub const REVOKED: &str = "revoked";
/// Whether it signs or encrypts.
pub const USE: &str = "use";
/// A coordinate; of OKP the public key.
pub const X: &str = "x";
/// Its certificates, its own first.
pub const X5C: &str = "x5c";
/// The SHA-1 of its certificate.
pub const X5T: &str = "x5t";
/// The SHA-256 of its certificate.
pub const X5T_S256: &str = "x5t#S256";
/// Where its certificates are.
pub const X5U: &str = "x5u";
/// The other coordinate.
pub const Y: &str = "y";
