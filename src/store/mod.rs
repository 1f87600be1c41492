//! The store: everything that is remembered, in one SQLite file.
//!
//! One thread writes; it commits all waiting jobs as one transaction and acknowledges them after it
//! (`writer`; a replay writes itself, and commits at the end). Readers open the file read-only and work
//! in parallel. Nothing outside this folder knows SQL or rows. Never here: what an event is or whom to
//! tell (`policy`), what to print.
//!
//! Read in this order: `migrations/0001_init.sql`, `record`, `outbox`, `history`, `writer`.

mod alert;
mod background;
mod daemon;
mod deferred;
mod document;
mod earlier_mail;
mod error;
mod event;
mod fate;
mod file;
mod handle;
mod history;
mod lock;
mod migrate;
mod named;
mod orphan;
mod outbox;
mod packed;
mod past_change;
mod pending;
mod plan;
mod post;
mod query;
mod reader;
mod record;
mod report;
mod retention;
mod row;
mod scratch;
mod seen_value;
mod split;
mod states;
mod stored_target;
mod target;
mod timeline;
mod told_poll;
mod tracking;
mod tx;
mod undelivered;
mod verify;
mod waiting;
mod wave;
mod weekly;
mod writer;

pub use alert::{AlertPlan, DueAlert};
pub use daemon::DaemonRow;
pub use deferred::Unwritten;
pub use error::StoreError;
pub use fate::{AlertRow, AnswerRow};
pub use file::{FileIdentity, all_beside, identity, resolved};
pub use handle::Store;
pub use history::EventFilter;
pub use lock::{DaemonLock, DaemonPresence};
pub use orphan::OrphanedPost;
pub use outbox::Claim;
pub use pending::PendingMessages;
pub use plan::{AlertDecisions, PlannedMail, WaitingReason};
pub use post::PostClaim;
pub use query::{DeliveryRow, DeliveryState, OutboxState, Snapshot, TargetRow};
pub use reader::Reader;
pub use record::{CommittedTransition, RecordedBatch, RecordingMeans};
pub use report::{MarkRow, SpanRow};
pub use retention::{BodyCounts, DropStep};
pub use scratch::{Scratch, ScratchEntry};
pub use seen_value::SeenValues;
pub use states::{DocumentRow, EventLocation, Order, StateRow};
pub use stored_target::StoredTarget;
pub use target::TargetSpec;
pub use timeline::{Moment, StateSeen};
pub use undelivered::{UndeliveredMessage, UndeliveredState};
pub use verify::{BrokenRow, Verification};
pub use waiting::Times;
pub use writer::WriteAnnouncement;
