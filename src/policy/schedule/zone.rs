//! Time zones of the IANA database.

use jiff::tz::TimeZone;

/// A time zone with the name under which it was looked up.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Looks a zone up. The error says what is wrong in words.
    pub fn parse(name: &str) -> Result<Self, String> {
        let zone = TimeZone::get(name);
        Ok(Self {
            name: name.to_owned(),
            zone: zone.map_err(|_unknown| format!("time zone \"{name}\" is not known"))?,
        })
    }

    /// The zone of universal time.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            zone: TimeZone::UTC,
        }
    }

    /// The name under which the zone was looked up.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time zone itself.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}
