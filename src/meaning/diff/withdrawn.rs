//! Members that describe an endpoint, or a way to authenticate, and came or went together with it: only that is news.

use serde_json::Value;

use crate::document::canonical::Document;
use crate::document::member::described_by;
use crate::document::severity::Severity;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;

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

/// An endpoint is as much news as what describes it and came with it: it is the endpoint that is offered.
pub(super) fn say_what_came_together(changes: &mut [Change]) {
    let came = |change: &Change| {
        change.before.is_none()
            && change.removed.is_empty()
            && change.size_before.unwrap_or_default() == 0
    };
    let described: Vec<(&str, String)> = changes
        .iter()
        .filter(|it| came(it) && it.severity == Severity::Notice)
        .filter_map(|it| Some((described_by(it.subject.as_str())?, it.why.clone())))
        .collect();
    for change in changes
        .iter_mut()
        .filter(|it| it.rule == Rule::EndpointAdded)
    {
        let mut of_it = described
            .iter()
            .filter(|(endpoint, _)| change.subject == *endpoint);
        let Some((_, why)) = of_it.next() else {
            continue;
        };
        change.severity = change.severity.max(Severity::Notice);
        if change.why.is_empty() {
            change.why.clone_from(why);
        }
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
