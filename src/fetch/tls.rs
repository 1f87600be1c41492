//! TLS is always verified; there is no switch to turn it off.

use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;

use super::FetchError;

/// The configuration all clients share: the system's CAs and those of `ca_file`, no resumption.
pub(super) fn config(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, FetchError> {
    let failed = |error: String| FetchError::Tls(error);
    let extra = match ca_file {
        Some(path) => {
            certificates(path).map_err(|error| failed(format!("{}: {error}", path.display())))?
        }
        None => Vec::new(),
    };
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = verifier(extra, &provider).map_err(|error| failed(error.to_string()))?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Whether a `ca_file` can be used; the error says what is wrong with it.
pub fn check_ca_file(path: &Path) -> Result<(), String> {
    certificates(path).map(drop)
}

/// The certificates of a PEM file: one at least.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let certificates: Result<Vec<_>, _> = found.collect();
    let certificates = certificates.map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("no certificate in it".to_owned());
    }
    Ok(certificates)
}

fn verifier(
    extra: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(extra, Arc::clone(provider))
}
