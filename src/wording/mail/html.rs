//! The HTML part of a mail.
//!
//! One column, inline styles and one style block that only adapts to the dark and to a phone; nothing remote, no
//! links: a value of a document must not become something to click on. Askama escapes all.

use askama::Template;

use super::page::{Entry, Foot, MailTone, Page, Sign, Span};
use crate::document::severity::Severity;

#[derive(Template)]
#[template(path = "page.html")]
struct MailTemplate<'a> {
    title: &'a str,
    page: &'a Page,
}

/// Writes a page as HTML.
pub(super) fn render(title: &str, page: &Page) -> String {
    // Writing to a string cannot fail, and the template calls nothing that could.
    MailTemplate { title, page }.render().unwrap_or_default()
}

/// What the template asks of a tone.
impl MailTone {
    /// Background of the label and edge of the first card; white text on it has contrast 4.5.
    fn color(self) -> &'static str {
        match self {
            Self::Of(Severity::Security) => "#b3261e",
            Self::Of(Severity::Breaking) => "#9a5b00",
            Self::Of(Severity::Notice) => "#1f5fa8",
            Self::Of(Severity::Info) => "#56616b",
            Self::Trouble => "#9a5b00",
            Self::Good => "#1c6b35",
        }
    }
}

/// What the template calls.
#[expect(
    clippy::unused_self,
    clippy::trivially_copy_pass_by_ref,
    reason = "the template calls methods only"
)]
impl MailTemplate<'_> {
    fn spans(&self, sentence: &str) -> Vec<Span> {
        super::page::spans(sentence)
    }

    fn entry_color(&self, entry: &Entry) -> &'static str {
        entry
            .severity
            .map_or("#5b6670", |it| MailTone::Of(it).color())
    }

    fn severity_color(&self, severity: &Severity) -> &'static str {
        MailTone::Of(*severity).color()
    }
}
