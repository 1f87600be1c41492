//! `[report]`: a page that the daemon writes again and again.

use std::path::PathBuf;

use jiff::SignedDuration;

use super::keys;
use super::location::Location;
use super::reader::Section;

/// `[report]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// The page.
    pub file: PathBuf,
    /// How often it is written.
    pub every: SignedDuration,
}

/// Reads `[report]`; `None` where no page is asked for.
pub(super) fn read(section: &Section<'_>, location: &Location) -> Option<ReportSettings> {
    section.check_keys("report", &keys::REPORT);
    let every = section.positive("every");
    if section.get("every").is_some() {
        let lack = "[report] has no \"file\": there would be no page";
        section.lack("file", section.span(), lack);
    }
    section.get("file")?;
    Some(ReportSettings {
        file: location.state(section.path("file", "report.html")?),
        every: every.unwrap_or(SignedDuration::from_hours(24)),
    })
}
