//! What is known of the watched documents, one for each pair of labels.
//!
//! A resource leads to several servers, each with a document of the same kind. Their issuers come from
//! outside and so are no labels: what a page says of a kind is what is worst among them. Two series with the
//! same labels would have the scraper refuse the whole page.

use std::collections::HashMap;

use crate::document::kind::Kind;

/// The documents of one provider and one kind, as they are now. What is not known has no series.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetReading {
    /// Name of the provider.
    pub provider: String,
    /// Kind of the documents.
    pub document: Kind,
    /// Whether the last poll saw a usable document.
    pub is_up: Option<bool>,
    /// When a poll last saw a usable document, in seconds since 1970.
    pub last_success: Option<f64>,
    /// Whether it was not polled for two intervals.
    pub is_overdue: bool,
    /// When the certificate of its server expires, in seconds since 1970.
    pub certificate_expiry: Option<f64>,
}

impl TargetReading {
    /// What is worse of two documents. What was not polled yet says nothing.
    fn add(&mut self, other: &Self) {
        let both = |one: Option<f64>, two: Option<f64>| one.into_iter().chain(two).reduce(f64::min);
        self.is_up = match (self.is_up, other.is_up) {
            (Some(one), Some(two)) => Some(one && two),
            (one, two) => one.or(two),
        };
        self.last_success = both(self.last_success, other.last_success);
        self.is_overdue |= other.is_overdue;
        self.certificate_expiry = both(self.certificate_expiry, other.certificate_expiry);
    }
}

/// Readings of which no two have the same labels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TargetReadings(Vec<TargetReading>);

impl TargetReadings {
    /// Makes them of what is known of each document.
    pub fn of(all: impl Iterator<Item = TargetReading>) -> Self {
        let mut places: HashMap<(String, Kind), usize> = HashMap::new();
        let mut readings: Vec<TargetReading> = Vec::new();
        for reading in all {
            let labels = (reading.provider.clone(), reading.document);
            let place = *places.entry(labels).or_insert(readings.len());
            match readings.get_mut(place) {
                Some(known) => known.add(&reading),
                None => readings.push(reading),
            }
        }
        Self(readings)
    }

    /// Each of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &TargetReading> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_documents_of_one_kind_the_worst_is_said_once() {
        let reading = |kind, is_up, last, expires| TargetReading {
            provider: "a".to_owned(),
            document: kind,
            is_up,
            last_success: last,
            is_overdue: false,
            certificate_expiry: expires,
        };
        let server = Kind::OAUTH_AUTHORIZATION_SERVER;
        let all = [
            reading(server, Some(true), Some(9.0), None),
            reading(Kind::JWKS, Some(true), Some(9.0), Some(3.0)),
            reading(server, Some(false), Some(4.0), Some(5.0)),
            reading(server, None, None, Some(7.0)),
        ];
        let told = TargetReadings::of(all.into_iter());
        let expected = vec![
            reading(server, Some(false), Some(4.0), Some(5.0)),
            reading(Kind::JWKS, Some(true), Some(9.0), Some(3.0)),
        ];
        assert_eq!(told, TargetReadings(expected));
    }
}
