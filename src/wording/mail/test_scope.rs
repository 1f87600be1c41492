//! Scopes that a machine made: whoever reads of one wants to know first that it is probably no product.

use serde_json::Value;

use super::input::MailInput;
use super::page::Lead;
use super::reported::reported_changes;
use super::subject_words::SubjectWords;
use crate::meaning::change::Change;
use crate::meaning::rule::Rule;
use crate::policy::mail::MailKind;

/// Says in the first sentence and in the subject that it looks like a test, where nothing else is told.
pub(super) fn tell(input: &MailInput<'_>, what: SubjectWords, lead: &mut Lead) -> SubjectWords {
    if !is_told(input) {
        return what;
    }
    lead.sentence.push_str(
        " A UUID and a time stand in it: probably a test of the provider, and nothing that clients ask for.",
    );
    what.and(Some("looks like a test"))
}

fn is_told(input: &MailInput<'_>) -> bool {
    let [event] = input.events else {
        return false;
    };
    let changes = reported_changes(input.kind, event);
    let is_of_machine = |it: &Value| it.as_str().is_some_and(is_made_by_machine);
    let is_of_it = |it: &&Change| it.rule == Rule::ScopeAdded && it.added.iter().all(is_of_machine);
    input.kind == MailKind::Changed && !changes.is_empty() && changes.iter().all(is_of_it)
}

/// Whether there are a UUID and, beside it, as many digits as a time has. A UUID alone may name a tenant.
fn is_made_by_machine(text: &str) -> bool {
    let (ids, rest): (Vec<&str>, Vec<&str>) =
        text.split([':', '/', '.', '_']).partition(|it| is_uuid(it));
    let digits = rest.iter().flat_map(|it| it.bytes());
    !ids.is_empty() && digits.filter(u8::is_ascii_digit).count() >= 6
}

fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let is_hex = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(is_hex)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_and_a_time_are_of_a_machine_and_a_tenant_is_not() {
        let id = "12295b1e-17e3-4e60-ba8d-4a5b36869b88";
        assert!(is_made_by_machine(&format!(
            "alerting:{id}:05-07-56-09-11-2025"
        )));
        assert!(!is_made_by_machine(&format!("api://{id}/.default")));
        assert!(!is_made_by_machine("report:05-07-56-09-11-2025"));
        assert!(!is_made_by_machine("openid"));
    }
}
