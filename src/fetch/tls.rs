//! Which certificates are trusted, and which chain the server showed.
//!
//! One verifier, with the CAs of the system and those of `ca_file`, is shared by all requests: it
//! is what costs memory and time to make. Each request wraps it in a [`Recorder`], which keeps the
//! chain that this very request was shown. TLS is always verified; there is no switch to turn that
//! off.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, Resumption};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CipherSuite, DigitallySignedStruct, DistinguishedName, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::FetchError;
use super::certificate::{certificate, issuer};
use crate::document::observation::Certificate;
use crate::document::path;

/// Certificates of one chain that are recorded; honest chains have two to four.
const RECORDED: usize = 8;

/// The part that all requests share: made once, and cheap to use.
#[derive(Debug)]
pub(super) struct Trust {
    verifier: Arc<dyn ServerCertVerifier>,
    config: ClientConfig,
}

impl Trust {
    /// Reads the system's CAs and those of `ca_file`, which are added to them.
    pub(super) fn open(ca_file: Option<&Path>) -> Result<Self, FetchError> {
        let failed = |error: rustls::Error| FetchError::Tls(error.to_string());
        let read = |path: &Path| {
            let found = certificates(path);
            found.map_err(|error| FetchError::Tls(format!("{}: {error}", path::visible(path))))
        };
        let extra = ca_file.map(read).transpose()?.unwrap_or_default();
        let mut provider = aws_lc_rs::default_provider();
        provider
            .cipher_suites
            .sort_by_key(|suite| has_long_hash(suite.suite()));
        let provider = Arc::new(provider);
        let verifier = Verifier::new_with_extra_roots(extra, Arc::clone(&provider));
        let verifier: Arc<dyn ServerCertVerifier> = Arc::new(verifier.map_err(failed)?);
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&verifier))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session shows no certificate: every poll must see what a new client would.
        config.resumption = Resumption::disabled();
        Ok(Self { verifier, config })
    }

    /// The TLS configuration of one request, and the recorder that will hold its chain.
    pub(super) fn request(&self) -> (Arc<ClientConfig>, Arc<Recorder>) {
        let recorder = Arc::new(Recorder {
            inner: Arc::clone(&self.verifier),
            shown: Mutex::default(),
        });
        let mut config = self.config.clone();
        let verifier: Arc<dyn ServerCertVerifier> = Arc::clone(&recorder) as _;
        config.dangerous().set_certificate_verifier(verifier);
        (Arc::new(config), recorder)
    }
}

/// Whether a suite hashes with SHA-384. Where a server has no preference the others come first: processors
/// compute SHA-256 themselves, and a handshake without that costs some 3 % more of their time.
fn has_long_hash(suite: CipherSuite) -> bool {
    matches!(
        suite,
        CipherSuite::TLS13_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384
            | CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
    )
}

/// Whether a `ca_file` can be used; the error says what is wrong with it.
pub fn check_ca_file(path: &Path) -> Result<(), String> {
    certificates(path).map(drop)
}

/// Reads the certificates of a PEM file, which must have at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| error.to_string())?;
    if found.is_empty() {
        return Err("no certificate in it".to_owned());
    }
    Ok(found)
}

/// The certificates that one request was shown.
#[derive(Debug, Default)]
struct ShownCertificates {
    verified: Vec<Certificate>,
    refused: RefusedCertificate,
}

/// The certificate that was refused, if one was.
#[derive(Debug, Clone, Default)]
pub(super) struct RefusedCertificate {
    /// The CA that issued it.
    pub(super) issuer: Option<String>,
    /// Whether it was issued by itself.
    pub(super) is_self_issued: bool,
}

/// Verifies as the shared verifier does, and keeps the chain it accepted.
#[derive(Debug)]
pub(super) struct Recorder {
    inner: Arc<dyn ServerCertVerifier>,
    shown: Mutex<ShownCertificates>,
}

impl Recorder {
    fn lock(&self) -> MutexGuard<'_, ShownCertificates> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain that was verified last, leaf first: through a proxy that itself speaks TLS, the
    /// site's comes last.
    pub(super) fn chain(&self) -> Vec<Certificate> {
        self.lock().verified.clone()
    }

    /// What is known of the certificate that was refused; empty if none was.
    pub(super) fn refused(&self) -> RefusedCertificate {
        self.lock().refused.clone()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let mut shown = self.lock();
        if verified.is_ok() {
            let chain = std::iter::once(end_entity)
                .chain(intermediates)
                .take(RECORDED);
            shown.verified = chain.map(|der| certificate(der)).collect();
        } else {
            shown.verified.clear();
            let (issuer, is_self_issued) = issuer(end_entity).unwrap_or_default();
            shown.refused = RefusedCertificate {
                issuer,
                is_self_issued,
            };
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.inner.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.inner.root_hint_subjects()
    }
}
