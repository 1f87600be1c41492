//! The page that is scraped: what was counted, and what is read at that moment.
//!
//! Gauges are written from one reading and kept nowhere, so that a target that left the configuration leaves
//! no series behind.

use std::fmt::Error;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeLabelSet, EncodeMetric as _, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::counters::Counters;
use super::target_reading::{TargetReading, TargetReadings};

/// The format of a page; the scraper says in its request which it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFormat {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// The older text format, which every scraper reads.
    Text,
}

impl PageFormat {
    /// The media type.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// How many messages of a channel are in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageCount {
    /// The channel: how these messages leave.
    pub channel: &'static str,
    /// The state that these messages are in.
    pub state: &'static str,
    /// The number of messages.
    pub count: u64,
}

/// How long the oldest message of a channel waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Oldest {
    /// The channel: how this message leaves.
    pub channel: &'static str,
    /// Seconds since the message should have left; 0 where no message waits.
    pub seconds: f64,
}

/// What is read at the moment of a scrape.
#[derive(Debug, Clone, PartialEq)]
pub struct ScrapeValues {
    /// All targets.
    pub targets: TargetReadings,
    /// The outbox.
    pub messages: Vec<MessageCount>,
    /// How long the oldest message of each channel waits.
    pub oldest: Vec<Oldest>,
    /// Bytes of the store on disk.
    pub store_bytes: u64,
}

/// The page.
pub fn page(counters: &Counters, reading: ScrapeValues, form: PageFormat) -> Result<String, Error> {
    let mut registry = Registry::with_prefix("issuerwatch");
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    registry.register("build", "What runs here", Info::new(version));
    counters.register(&mut registry);
    registry.register_collector(Box::new(reading));
    let mut page = String::new();
    match form {
        PageFormat::OpenMetrics => text::encode(&mut page, &registry)?,
        PageFormat::Text => prometheus_text::encode(&mut page, &registry)?,
    }
    Ok(page)
}

/// Name, help and unit of a family of gauges.
struct Gauges {
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
}

impl Gauges {
    /// Writes the gauges, or nothing if the family has no series.
    fn encode<L: EncodeLabelSet, N: EncodeGaugeValue>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        series: impl Iterator<Item = (L, N)>,
    ) -> Result<(), Error> {
        let mut series = series.peekable();
        if series.peek().is_none() {
            return Ok(());
        }
        let unit = self.unit.as_ref();
        let mut family =
            encoder.encode_descriptor(self.name, self.help, unit, MetricType::Gauge)?;
        for (labels, value) in series {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl ScrapeValues {
    /// One series for each target that has a value.
    fn of_targets<N>(
        &self,
        value: impl Fn(&TargetReading) -> Option<N>,
    ) -> impl Iterator<Item = ([(&'static str, &str); 2], N)> {
        self.targets.iter().filter_map(move |one| {
            let labels = [
                ("provider", one.provider.as_str()),
                ("document", one.document.as_str()),
            ];
            Some((labels, value(one)?))
        })
    }

    fn encode_targets(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), Error> {
        Gauges {
            name: "target_up",
            help: "Whether the last poll saw a usable document. Not there before the first poll.",
            unit: None,
        }
        .encode(encoder, self.of_targets(|one| one.is_up.map(i64::from)))?;
        Gauges {
            name: "target_last_success_timestamp",
            help: "When a poll last saw a usable document.",
            unit: Some(Unit::Seconds),
        }
        .encode(encoder, self.of_targets(|one| one.last_success))?;
        Gauges {
            name: "target_overdue",
            help: "Whether it was not polled for two intervals.",
            unit: None,
        }
        .encode(
            encoder,
            self.of_targets(|one| Some(i64::from(one.is_overdue))),
        )?;
        Gauges {
            name: "certificate_expiry_timestamp",
            help: "When the certificate that the server showed at the last good poll expires.",
            unit: Some(Unit::Seconds),
        }
        .encode(encoder, self.of_targets(|one| one.certificate_expiry))
    }
}

impl Collector for ScrapeValues {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), Error> {
        self.encode_targets(&mut encoder)?;
        let messages = self.messages.iter();
        let channel = |channel| ("channel", channel);
        Gauges {
            name: "outbox_messages",
            help: "Mails and posts, one for each recipient, that did not arrive; what was given up, until \
                   they are tried again or dropped.",
            unit: None,
        }
        .encode(
            &mut encoder,
            messages.map(|it| ([channel(it.channel), ("state", it.state)], it.count)),
        )?;
        Gauges {
            name: "outbox_oldest",
            help: "How long the oldest that waits should have left; 0 where none waits.",
            unit: Some(Unit::Seconds),
        }
        .encode(
            &mut encoder,
            self.oldest
                .iter()
                .map(|it| ([channel(it.channel)], it.seconds)),
        )?;
        Gauges {
            name: "store",
            help: "The store on disk, its log included.",
            unit: Some(Unit::Bytes),
        }
        .encode(
            &mut encoder,
            std::iter::once(([("", ""); 0], self.store_bytes)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::failure::FailureKind;
    use crate::document::kind::Kind;
    use crate::document::severity::Severity;
    use crate::metrics::PollResult;
    use crate::policy::event::EventKind;

    fn reading(targets: Vec<TargetReading>) -> ScrapeValues {
        ScrapeValues {
            targets: TargetReadings::of(targets.into_iter()),
            messages: vec![MessageCount {
                channel: "mail",
                state: "waiting",
                count: 3,
            }],
            oldest: vec![Oldest {
                channel: "mail",
                seconds: 1.5,
            }],
            store_bytes: 4_096,
        }
    }

    fn line<'a>(page: &'a str, start: &str) -> Option<&'a str> {
        page.lines().find(|line| line.starts_with(start))
    }

    #[test]
    fn what_is_counted_and_what_is_read_stand_on_one_page_in_either_form() {
        let counters = Counters::new();
        counters.poll(PollResult::Failed(FailureKind::Tls));
        counters.took(40);
        counters.event(EventKind::Recovered, None);
        let target = TargetReading {
            provider: "a".to_owned(),
            document: Kind::JWKS,
            is_up: Some(false),
            last_success: None,
            is_overdue: true,
            certificate_expiry: Some(1_900_000_000.0),
        };
        for (form, info, counter) in [
            (PageFormat::OpenMetrics, "info", "issuerwatch_polls counter"),
            (PageFormat::Text, "gauge", "issuerwatch_polls_total counter"),
        ] {
            let page = page(&counters, reading(vec![target.clone()]), form).unwrap();
            assert!(page.contains(&format!(" {info}\nissuerwatch_build_info{{version=\"")));
            assert!(page.contains(&format!("# TYPE {counter}\n")), "{page}");
            for expected in [
                "issuerwatch_polls_total{outcome=\"failed\"} 1",
                "issuerwatch_polls_total{outcome=\"answered\"} 0",
                "issuerwatch_poll_failures_total{cause=\"tls\"} 1",
                "issuerwatch_poll_duration_seconds_bucket{le=\"0.05\"} 1",
                "issuerwatch_events_total{kind=\"recovered\",severity=\"none\"} 1",
                "issuerwatch_target_up{provider=\"a\",document=\"jwks\"} 0",
                "issuerwatch_target_overdue{provider=\"a\",document=\"jwks\"} 1",
                "issuerwatch_certificate_expiry_timestamp_seconds{provider=\"a\",document=\"jwks\"} 1900000000",
                "issuerwatch_outbox_messages{channel=\"mail\",state=\"waiting\"} 3",
                "issuerwatch_outbox_oldest_seconds{channel=\"mail\"} 1.5",
                "issuerwatch_store_bytes 4096",
            ] {
                assert!(line(&page, expected).is_some(), "{expected}: {page}");
            }
            assert_eq!(line(&page, "issuerwatch_target_last_success"), None);
            assert_eq!(page.ends_with("# EOF\n"), form == PageFormat::OpenMetrics);
        }
    }

    #[test]
    fn without_targets_there_is_no_family_of_them() {
        let counters = Counters::new();
        let page = page(&counters, reading(Vec::new()), PageFormat::OpenMetrics).unwrap();
        assert!(!page.contains("issuerwatch_target"), "{page}");
        for severity in Severity::ALL {
            let series = format!("severity=\"{severity}\"}} 0\n");
            assert!(page.contains(&series), "{page}");
        }
        assert!(!page.contains("kind=\"accepted\""), "{page}");
    }
}
