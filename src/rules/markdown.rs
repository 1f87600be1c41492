//! The table of rules as a page, `docs/rules.md`: what each says, how grave it is, why, and what to do.

use super::words::{ALWAYS_TOLD, NO_REFERENCE, decides, line, subject, why};
use crate::meaning::rule::Rule;

const HEAD: &str = "\
# Rules

What a change or a finding is called, how grave it is, why it matters and what to do. The page is written by
`issuerwatch rules --format markdown`; `issuerwatch rules RULE` says the same of one rule.

Severities are `info`, `notice`, `breaking` and `security`. Where the table says *varies*, the member or the new value
decides. `severity = { RULE = \"notice\" }` in `[defaults]` or a `[[provider]]` decides otherwise, with `ignore` to hear
nothing of it. A rule that is *on request* is looked for only where such a line names it. Which severity is mailed when:
[mails](mails.md).
";

/// The page.
pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    for (title, rules) in Rule::sections() {
        page.push_str(&format!("\n## {title}\n\n"));
        page.push_str("| rule | what it says | severity |\n|---|---|---|\n");
        for rule in *rules {
            let id = rule.id();
            let says = escaped(rule.row().title).replace('|', "\\|");
            let severity = severity(*rule);
            page.push_str(&format!("| [{id}](#{id}) | {says} | {severity} |\n"));
        }
        for rule in *rules {
            page.push_str(&section(*rule));
        }
    }
    page
}

/// How grave it is, in few words.
fn severity(rule: Rule) -> String {
    let row = rule.row();
    let severity = row.severity.map_or("varies", |severity| severity.as_str());
    if row.on_request {
        format!("on request: {severity}")
    } else {
        severity.to_owned()
    }
}

fn section(rule: Rule) -> String {
    let row = rule.row();
    let severity = row.severity.map_or_else(
        || decides(row).to_owned(),
        |severity| severity.as_str().to_owned(),
    );
    let mut text = format!("\n### {}\n\n", rule.id());
    let subject = subject(row);
    text.push_str(&format!("{subject} {}\n\n", escaped(row.title)));
    text.push_str(&format!("- **severity**: {severity}\n"));
    if row.on_request {
        text.push_str(&format!("- **on request**: `{}`\n", line(rule)));
    }
    if row.always_told {
        text.push_str(&format!("- **mailed**: {ALWAYS_TOLD}\n"));
    }
    text.push_str(&format!("- **why**: {}\n", escaped(why(row))));
    if let Some(advice) = row.advice {
        text.push_str(&format!("- **do**: {}\n", escaped(advice)));
    }
    let reference = row.reference.unwrap_or(NO_REFERENCE);
    text.push_str(&format!("- **reference**: {}\n", escaped(reference)));
    text
}

/// The text with what Markdown would read as a mark taken for what it is.
fn escaped(text: &str) -> String {
    text.replace('*', "\\*").replace('<', "\\<")
}
