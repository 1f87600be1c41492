//! `[report]`: a page that the daemon writes again and again.

use std::path::PathBuf;

use jiff::SignedDuration;

use super::keys;
use super::location::Location;
use super::problem::shown;
use super::reader::Section;
use super::reserved::ReservedFiles;

/// `[report]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportSettings {
    /// The page.
    pub file: PathBuf,
    /// How often it is written.
    pub every: SignedDuration,
    /// What it must not be written over.
    pub reserved: ReservedFiles,
}

/// Reads `[report]`; `None` where no page is asked for.
pub(super) fn read(
    section: &Section<'_>,
    location: &Location,
    reserved: &ReservedFiles,
) -> Option<ReportSettings> {
    section.check_keys("report", &keys::REPORT);
    let every = section.positive("every");
    if section.get("every").is_some() {
        let lack = "[report] has no \"file\": there would be no page";
        section.lack("file", section.span(), lack);
    }
    section.get("file")?;
    let text = section.path("file", "report.html")?;
    let file = location.state(text);
    if let Some(what) = reserved.find(&file) {
        let what = format!("file \"{}\" is {what}: name another", shown(text));
        section.problem(section.span_of("file"), what);
        return None;
    }
    // A pipe that nobody reads would hold the daemon up, and a directory would be no page.
    let is_other = std::fs::metadata(&file).is_ok_and(|found| !found.is_file());
    if is_other || text.ends_with('/') {
        let what = format!(
            "file \"{}\" is no file: name one that the page is written to",
            shown(text)
        );
        section.problem(section.span_of("file"), what);
        return None;
    }
    Some(ReportSettings {
        file,
        reserved: reserved.clone(),
        every: every.unwrap_or(SignedDuration::from_hours(24)),
    })
}
