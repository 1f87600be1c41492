//! Certificates: good, and bad in each way a client must notice.

use std::sync::{Arc, OnceLock};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Which certificate a site shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Valid, of the CA in `ca_file`.
    Valid,
    /// Of that CA, but for `a.example` and `b.example`.
    WrongName,
    /// Of that CA, but expired on 2020-01-02.
    Expired,
    /// Of that CA, but valid only from 2999-01-02 on.
    NotYetValid,
    /// Of a CA nobody trusts.
    Untrusted,
    /// Signed by itself, and no CA's.
    SelfSigned,
    /// Signed by itself, and a CA's own, as `openssl req -x509` makes it.
    SelfSignedCa,
}

/// The CA of all sites of this process: sites may redirect to each other under one `ca_file`.
pub(crate) struct Authority {
    params: CertificateParams,
    key: KeyPair,
    /// Its certificate.
    pub(crate) pem: String,
    der: CertificateDer<'static>,
}

impl Authority {
    pub(crate) fn generate(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().clone());
        Self {
            params,
            key,
            pem,
            der,
        }
    }

    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Authority> = OnceLock::new();
        SHARED.get_or_init(|| Self::generate("issuerwatch test CA"))
    }

    pub(crate) fn server_config(&self, certificate: Certificate) -> ServerConfig {
        let names: &[&str] = match certificate {
            Certificate::WrongName => &["a.example", "b.example"],
            _ => &["localhost", "127.0.0.1", "::1"],
        };
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "issuerwatch test site");
        match certificate {
            Certificate::Expired => params.not_after = date_time_ymd(2020, 1, 2),
            Certificate::NotYetValid => params.not_before = date_time_ymd(2999, 1, 2),
            _ => params.not_after = date_time_ymd(2099, 3, 4),
        }
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let chain = match certificate {
            Certificate::SelfSigned | Certificate::SelfSignedCa => {
                if certificate == Certificate::SelfSignedCa {
                    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                }
                vec![params.self_signed(&key).unwrap().der().clone()]
            }
            _ => {
                let leaf = params.signed_by(&key, &issuer).unwrap();
                vec![leaf.der().clone(), self.der.clone()]
            }
        };
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}
