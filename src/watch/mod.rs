//! Polling and delivering, as the daemon, `check` and `replay` share them.
//!
//! This module decides with `policy` and acts through the adapters. Never here: when to poll (`daemon`),
//! what to print (the subcommands).

pub mod alert_policy;
pub mod comparison;
pub mod confirming;
pub mod courier;
mod first_fetch;
pub mod flight;
mod following;
mod mail_events;
pub mod offload;
mod orphan;
mod other_addresses;
pub mod page_file;
pub mod poll;
mod poster;
pub mod report;
pub mod report_file;
pub mod retention;
pub mod setup;
pub mod twins;
mod unrecorded;
pub mod unwritable;
pub mod watched;
pub mod weekly;
mod widespread;
pub mod wording;
