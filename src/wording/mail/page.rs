//! What a mail says, before it is text or HTML.
//!
//! Both parts are rendered from one [`Page`], so that neither can say what the other does not. All
//! strings in here are escaped with `document::text` already: they hold no control, bidirectional or
//! zero-width character. HTML is escaped by the template.

use crate::document::severity::Severity;
use crate::meaning::change::order::Rank;

/// The color of a mail: that of its severity, or of the kind of news if it has no severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailTone {
    /// A change or a finding.
    Of(Severity),
    /// Something is out of order, but nothing changed.
    Trouble,
    /// Something is in order again.
    Good,
}

/// One mail.
#[derive(Debug)]
pub(super) struct Page {
    /// The first lines.
    pub(super) lead: Lead,
    /// What happened, document by document.
    pub(super) sections: Vec<Section>,
    /// Lines after them: what did not change, what was held back.
    pub(super) notes: Vec<String>,
    /// The footer: who watches, and which commands show more.
    pub(super) footer: Vec<Foot>,
}

/// The first three lines.
#[derive(Debug, Clone)]
pub(super) struct Lead {
    /// The first word, in capitals.
    pub(super) word: String,
    /// Its color.
    pub(super) tone: MailTone,
    /// Provider and document.
    pub(super) about: String,
    /// What happened: a sentence.
    pub(super) sentence: String,
    /// When: one line.
    pub(super) when: String,
    /// How many things happened, by severity; where there are several.
    pub(super) tally: Option<String>,
    /// What to do: an imperative sentence without the `Do:`.
    pub(super) advice: Option<String>,
    /// How late the mail is, and why.
    pub(super) late: Option<String>,
}

/// What happened to one document, or to several in the same way.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// A line above everything else.
    pub(super) intro: Option<String>,
    /// The documents.
    pub(super) heads: Vec<Head>,
    /// Changes and findings.
    pub(super) items: Vec<Item>,
    /// Pieces of news, each of which would be a mail.
    pub(super) entries: Vec<Entry>,
    /// Lines of a table: polls, providers.
    pub(super) rows: Vec<Vec<String>>,
    /// Names beside each other.
    pub(super) names: Vec<String>,
    /// Events of which items are left out, each with their number.
    pub(super) left_out: Vec<(i64, usize)>,
    /// Lines after the other parts of the section.
    pub(super) more: Vec<String>,
}

/// One piece of news among others: two lines, on a phone and in text.
#[derive(Debug)]
pub(super) struct Entry {
    /// How grave, or what kind of news.
    pub(super) label: String,
    /// Its color, if it has one.
    pub(super) severity: Option<Severity>,
    /// Who, and what happened.
    pub(super) words: String,
    /// When, and who else.
    pub(super) under: Vec<String>,
}

/// One document with its URL.
#[derive(Debug)]
pub(super) struct Head {
    /// Kind of the document, or `provider/kind` where the mail has several providers.
    pub(super) label: String,
    /// Where it is.
    pub(super) url: String,
    /// Where the answer came from, if redirects led elsewhere: a sentence in parentheses.
    pub(super) redirect: Option<String>,
}

/// A numbered line with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its number in the mail; 0 until the page is complete.
    pub(super) number: usize,
    /// The severity of the change or finding.
    pub(super) severity: Severity,
    /// Where it stands among others.
    pub(super) rank: Option<Rank>,
    /// What happened, in one line.
    pub(super) title: String,
    /// Whether it takes away what is declared to be used.
    pub(super) used: bool,
    /// Values, old before new.
    pub(super) lines: Vec<Line>,
    /// Members of a factored move: name, path.
    pub(super) rows: Vec<Vec<String>>,
    /// Lines about what is not shown.
    pub(super) more: Vec<String>,
    /// For a finding about the member of a change: the clause that is added to that change instead.
    pub(super) clause_in_change: Option<FindingClause>,
    /// The member whose change it is, or the one whose change may say it too; empty for all others.
    pub(super) member: String,
    /// Why it matters.
    pub(super) why: String,
    /// `rule; reference`.
    pub(super) tag: String,
}

/// A finding in one clause, beside the change of the same member that brought it or cured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FindingClause {
    /// `Cured: code_challenge_methods_supported now offers PKCE S256.`
    pub(super) clause: String,
    /// Whether only a change that is at least as grave says the same.
    pub(super) is_new: bool,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Whether it is gone or new.
    pub(super) sign: Sign,
    /// The value in pieces, so that the place that differs can be marked.
    pub(super) spans: Vec<Span>,
}

/// The lines of a change, and what is said of what is left out.
#[derive(Debug)]
pub(super) struct ShownLines {
    /// Old before new.
    pub(super) lines: Vec<Line>,
    /// Where the rest stands.
    pub(super) more: Option<String>,
}

/// Old or new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Gone.
    Old,
    /// New.
    New,
}

impl Sign {
    /// The character before the value.
    pub(super) fn as_char(self) -> char {
        match self {
            Self::Old => '-',
            Self::New => '+',
        }
    }
}

/// A piece of a line or of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// The characters.
    pub(super) text: String,
    /// Whether it differs (in a value), or is code (in a sentence).
    pub(super) marked: bool,
}

impl Span {
    /// A piece that is not marked.
    pub(super) fn plain(text: String) -> Self {
        Self {
            text,
            marked: false,
        }
    }
}

/// One line of the footer.
#[derive(Debug)]
pub(super) enum Foot {
    /// A sentence.
    Words(String),
    /// A command to type, with what it is good for.
    Command {
        /// What it is good for.
        label: &'static str,
        /// The command.
        command: String,
    },
}

/// Splits a sentence at its backticks; what stands between two is code.
pub(super) fn spans(sentence: &str) -> Vec<Span> {
    let parts: Vec<&str> = sentence.split('`').collect();
    // An odd backtick is not code but a character.
    if parts.len().is_multiple_of(2) {
        return vec![Span::plain(sentence.to_owned())];
    }
    parts
        .into_iter()
        .enumerate()
        .filter(|(_, part)| !part.is_empty())
        .map(|(index, part)| Span {
            text: part.to_owned(),
            marked: index % 2 == 1,
        })
        .collect()
}

impl Item {
    /// The word before its title: how grave it is, or that it is over.
    pub(super) fn label(&self) -> &'static str {
        if self.rank.is_some_and(Rank::is_over) {
            "cured"
        } else {
            self.severity.as_str()
        }
    }
}
