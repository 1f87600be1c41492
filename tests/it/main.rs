//! The program from outside: real files, real servers on loopback, the built binary.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a broken test should stop at once; tests look into the store"
)]

mod accept;
mod asked;
mod believing;
mod beside;
mod client;
mod closed;
mod collect;
mod config;
mod crash;
mod daemon;
mod damping;
mod docs;
mod export;
mod fetch;
mod finding;
mod heartbeat;
mod history;
mod init;
mod judged;
mod key_history;
mod keys;
mod kinds;
mod mail;
mod memory;
mod metrics;
mod outage;
mod past;
mod recording;
mod registry;
mod replay;
mod report;
mod report_file;
mod resource;
mod resource_hint;
mod resource_replay;
mod rest;
mod retention;
mod same_history;
mod secrets;
mod status;
mod store;
mod support;
mod tidy;
mod twins;
mod usage;
mod wave;
mod webhook;
mod weekly;
mod whole;
