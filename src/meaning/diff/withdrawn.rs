//! Members that describe an endpoint, or a way to authenticate, and went together with it: only that is news.

use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::member::described_by;
use crate::document::severity::Severity;
use crate::meaning::change::Change;

/// Says of members that are gone with the endpoint they describe that they were withdrawn together: what
/// a server must publish beside an endpoint says nothing once the endpoint is gone.
pub(super) fn say_what_went_together(changes: &mut [Change], old: &Document, new: &Document) {
    let is_there = |document: &Document, name: &str| {
        let value = document.members().get(name);
        value.is_some_and(|value| !value.is_null())
    };
    let went = |name: &str| is_there(old, name) && !is_there(new, name);
    for change in changes {
        let name = change.subject.as_str();
        if let Some(methods) = methods_of(name)
            && went(name)
            && !signs(new, &methods)
        {
            "No way to authenticate that is listed now signs anything: nobody needs the list."
                .clone_into(&mut change.why);
            change.severity = change.severity.min(Severity::Info);
            change.advice = None;
            continue;
        }
        let Some(endpoint) = described_by(name).filter(|it| went(it) && went(name)) else {
            continue;
        };
        change.why = format!("Withdrawn together with {endpoint}, which it describes.");
        change.severity = change.severity.min(Severity::Info);
        change.advice = None;
    }
}

/// The list of methods whose assertions a list of algorithms is about.
fn methods_of(algs: &str) -> Option<String> {
    let endpoint = algs.strip_suffix("_auth_signing_alg_values_supported")?;
    Some(format!("{endpoint}_auth_methods_supported"))
}

/// The ways to authenticate that sign nothing; one that nobody knows may.
const UNSIGNED: [&str; 5] = [
    "client_secret_basic",
    "client_secret_post",
    "none",
    "self_signed_tls_client_auth",
    "tls_client_auth",
];

/// Whether clients may sign to authenticate: what is left out is not known to say that they do not.
fn signs(document: &Document, methods: &str) -> bool {
    let listed = document.members().get(methods).and_then(Value::as_array);
    listed.is_none_or(|methods| {
        let is_unsigned = |method: &Value| method.as_str().is_some_and(|it| UNSIGNED.contains(&it));
        !methods.iter().all(is_unsigned)
    })
}
