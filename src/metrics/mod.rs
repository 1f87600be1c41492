//! What Prometheus and a health probe read, over HTTP.
//!
//! Names, labels and types of all that is measured stand here and nowhere else (`counters`, `page`); the
//! server (`server`) is one for its own machine: two addresses, one request a connection, everything
//! bounded. Never here: what is counted when, and whether the daemon is well.
//!
//! Labels are names that somebody configured and words of closed lists: never an address, and nothing that
//! came from outside.

mod counters;
mod page;
mod server;
mod target_reading;

pub use counters::{Counters, PollResult};
pub use page::{MessageCount, Oldest, PageFormat, ScrapeValues, page};
pub use server::{Endpoint, EndpointAnswer, MetricsServer};
pub use target_reading::{TargetReading, TargetReadings};
