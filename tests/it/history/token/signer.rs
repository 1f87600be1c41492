//! Keys, and tokens that they sign.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// A key, and what it signs with.
pub(super) struct Signer {
    pub(super) jwk: Value,
    sign: Sign,
}

/// A part of a token.
pub(super) fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token whose signature is one of nobody.
pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}.AAAA", part(header), part(claims))
}

fn encode(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

impl Signer {
    pub(super) fn ec(kid: &str) -> Self {
        Self::on_curve(
            kid,
            "P-256",
            "ES256",
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        )
    }

    pub(super) fn ec384(kid: &str) -> Self {
        Self::on_curve(
            kid,
            "P-384",
            "ES384",
            &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        )
    }

    pub(super) fn ec521(kid: &str) -> Self {
        Self::on_curve(
            kid,
            "P-521",
            "ES512",
            &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        )
    }

    fn on_curve(
        kid: &str,
        crv: &str,
        alg: &str,
        signing: &'static signature::EcdsaSigningAlgorithm,
    ) -> Self {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let point = pair.public_key().as_ref()[1..].to_vec();
        let (x, y) = point.split_at(point.len() / 2);
        Self {
            jwk: json!({"kty": "EC", "crv": crv, "kid": kid, "alg": alg, "use": "sig",
                "x": encode(x), "y": encode(y)}),
            sign: Box::new(move |text| {
                let signed = pair.sign(&SystemRandom::new(), text).unwrap();
                signed.as_ref().to_vec()
            }),
        }
    }

    pub(super) fn ed(kid: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let x = encode(pair.public_key().as_ref());
        Self {
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "x": x}),
            sign: Box::new(move |text| pair.sign(text).as_ref().to_vec()),
        }
    }

    pub(super) fn rsa(kid: &str, alg: &str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        // RSAPublicKey in DER: a sequence of two numbers, the first of which begins with a zero.
        let n = encode(&pair.public_key().as_ref()[9..265]);
        let padding: &'static dyn signature::RsaEncoding = match alg {
            "RS256" => &signature::RSA_PKCS1_SHA256,
            "RS384" => &signature::RSA_PKCS1_SHA384,
            "RS512" => &signature::RSA_PKCS1_SHA512,
            "PS256" => &signature::RSA_PSS_SHA256,
            "PS384" => &signature::RSA_PSS_SHA384,
            "PS512" => &signature::RSA_PSS_SHA512,
            other => panic!("{other}"),
        };
        Self {
            jwk: json!({"kty": "RSA", "kid": kid, "alg": alg, "n": n, "e": "AQAB"}),
            sign: Box::new(move |text| {
                let mut signature = vec![0; pair.public_modulus_len()];
                let random = SystemRandom::new();
                pair.sign(padding, &random, text, &mut signature).unwrap();
                signature
            }),
        }
    }

    pub(super) fn kid(&self) -> &str {
        self.jwk["kid"].as_str().unwrap()
    }

    pub(super) fn alg(&self) -> &str {
        self.jwk["alg"].as_str().unwrap()
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({"alg": self.jwk["alg"], "kid": self.jwk["kid"], "typ": "JWT"});
        self.sign_as(&header, claims)
    }

    pub(super) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = encode(&(self.sign)(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}
