//! A report: one HTML page about a time, which needs nothing but itself.
//!
//! No script, nothing loaded, no link but to its own anchors: it may be opened from anywhere, mailed and
//! kept. Provider by provider is added, so that no more than one history is held at a time.

pub mod facts;
mod item;
mod lane;
mod page;
mod presence;
mod row;
mod scale;
mod section;

use self::facts::{ReportFrame, ReportProvider};
use self::lane::Overview;
use self::page::render;
use self::scale::Scale;
use self::section::ProviderSection;

/// A report that is being made.
#[derive(Debug)]
pub struct Report {
    frame: ReportFrame,
    scale: Scale,
    overview: Overview,
    sections: Vec<ProviderSection>,
}

impl Report {
    /// A report without providers.
    pub fn new(frame: ReportFrame) -> Self {
        let scale = Scale {
            from: frame.from,
            until: frame.until,
        };
        Self {
            frame,
            scale,
            overview: Overview::default(),
            sections: Vec::new(),
        }
    }

    /// Adds a provider.
    pub fn add(&mut self, provider: &ReportProvider) {
        let number = self.sections.len() + 1;
        self.overview.add(&provider.moments, self.scale);
        let section = ProviderSection::of(number, provider, &self.frame, self.scale);
        self.sections.push(section);
    }

    /// The report as one HTML page.
    pub fn html(&self) -> String {
        render(
            &self.frame,
            self.scale,
            &self.overview.rows(),
            &self.sections,
        )
    }
}

#[cfg(test)]
mod tests;
