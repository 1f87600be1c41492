//! What is said to have come and gone.

use super::damped::damped;
use super::*;
use crate::policy::event::Damped;

#[test]
fn what_comes_and_goes_is_told_whole_and_a_redirect_has_a_name() {
    let scopes = event(
        r#"{"scopes_supported":["a"]}"#,
        r#"{"scopes_supported":["a","b"]}"#,
    );
    let mut event = damped(scopes, "scopes_supported");
    let EventBody::Damped(Damped { members, .. }) = &mut event.body.body else {
        unreachable!();
    };
    let values: Vec<String> = (1..9).map(|number| format!("v{number}")).collect();
    members[0].movement.came.clone_from(&values);
    members[0].movement.went = values;
    let text = words(&mail_of(MailKind::Damped, &[event.clone()], None));
    has(&text, "came and went: v1, v2, v3, v4, v5, v6, v7 and v8.");
    let EventBody::Damped(Damped {
        members, changes, ..
    }) = &mut event.body.body
    else {
        unreachable!();
    };
    members[0].member = crate::meaning::subject::Subject::Retrieval;
    changes.clear();
    let text = words(&mail_of(MailKind::Changed, &[event], None));
    has(&text, "To get every mail: `damping = false` for archera.");
    has(&text, "way to the document");
    lacks(&text, "(retrieval) ");
}
