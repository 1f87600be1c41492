//! The page: Askama escapes all that is said, the style sheet is named by its hash, and nothing else may
//! be loaded or run.

use askama::Template;

use super::facts::ReportFrame;
use super::row::ReportRow;
use super::scale::{Scale, Tick};
use super::section::ProviderSection;
use crate::document::fingerprint::sha256_base64;
use crate::wording::text::{counted, utc};

const STYLE: &str = include_str!("style.css");

#[derive(Template)]
#[template(path = "report.html")]
struct ReportTemplate<'a> {
    style: &'static str,
    style_hash: String,
    from: String,
    until: String,
    made_at: String,
    providers: String,
    documents: String,
    ticks: Vec<Tick>,
    overview: &'a [ReportRow],
    sections: &'a [ProviderSection],
}

/// Writes it.
pub(super) fn render(
    frame: &ReportFrame,
    scale: Scale,
    overview: &[ReportRow],
    sections: &[ProviderSection],
) -> String {
    let documents: usize = sections.iter().map(|it| it.documents.len()).sum();
    let page = ReportTemplate {
        style: STYLE,
        style_hash: sha256_base64(STYLE.as_bytes()),
        from: frame.from.strftime("%Y-%m-%d").to_string(),
        until: utc(frame.until),
        made_at: utc(frame.made_at),
        providers: counted(sections.len() as u64, "provider"),
        documents: counted(documents as u64, "document"),
        ticks: scale.ticks(),
        overview,
        sections,
    };
    // Writing to a string cannot fail, and the template calls nothing that could.
    page.render().unwrap_or_default()
}
