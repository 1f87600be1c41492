//! Watches OAuth and OpenID discovery documents and tells people when they change.
//!
//! The layers, from the bottom: four pure rooms ([`document`] what was seen, [`meaning`] what it
//! means, [`policy`] what is decided, [`wording`] what is said); the adapters `fetch`, `mailer`, `webhook`, `metrics`,
//! `store` and `clock` act; `config` reads what is wanted; `watch` ties one poll and one delivery together; one
//! module a subcommand uses them. `ARCHITECTURE.md` has the map.

pub mod accept;
pub mod alert;
pub mod check;
pub mod clients;
pub mod clock;
pub mod config;
pub mod config_check;
pub mod daemon;
pub mod document;
pub mod fetch;
pub mod history;
pub mod init;
pub mod mailer;
pub mod meaning;
pub mod metrics;
pub mod outbox;
pub mod policy;
pub mod replay;
pub mod report;
pub mod rules;
pub mod status;
pub mod store;
pub mod terminal;
pub mod watch;
pub mod webhook;
pub mod wording;
